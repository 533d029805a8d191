# demo.sh -- the main job, end to end: a delivery signed as GitHub signs becomes a recorded run.
#
# Everything goes through nginx over TLS and the public API, as a user's browser and GitHub would.
# The workflow is scripts/demo/workflow.json; @CREDENTIAL@ and @ECHO_URL@ are filled in.
# shellcheck shell=bash

demo_name="Demo: a GitHub issue"

help_demo() {
	cat <<'TEXT'
usage: ./tyboo demo [--json]

Publishes the demo workflow where it is not there yet (webhook with GitHub's signature -> if ->
code -> http.request -> set), sends it a delivery signed as GitHub signs, through nginx over TLS,
waits for the run and prints it node by node.
TEXT
}

cmd_demo() {
	local json=0

	case ${1-} in
	--json) json=1 ;;
	"") ;;
	*) die "demo does not know '$1'" "./tyboo demo --help" ;;
	esac
	need_home
	if ! is_running nginx || ! is_running api; then
		die "this home does not run" "./tyboo up"
	fi
	steps_begin 1 "$home/log/demo.log"
	if [ $json = 1 ]; then
		step "demo" run_demo >&2
		cat "$home/log/demo.json"
	else
		step "demo" run_demo
		print_demo
	fi
}

# --- a signed-in session ---------------------------------------------------------------------------

api() {	# api METHOD PATH [JSON]: prints the body; fails with the problem's text
	local method=$1 path=$2 out status
	local -a data=()

	if [ $# -ge 3 ]; then
		data=(-H 'Content-Type: application/json' --data-binary @-)
	fi
	out=$(printf '%s' "${3-}" | web -b "$session_jar" -c "$session_jar" -X "$method" "${data[@]}" \
		-H "X-CSRF-Token: ${session_csrf-}" -H "Origin: $(state_get base_url)" \
		-w '\n%{http_code}' "$(state_get base_url)/api/v1$path") || fail "$method $path: no answer" "./tyboo status; ./tyboo logs api"
	status=${out##*$'\n'}
	out=${out%$'\n'*}
	case $status in
	2*) printf '%s' "$out" ;;
	*) fail "$method $path answered $status: $(printf '%s' "$out" | head -c 1500)" "./tyboo logs api" ;;
	esac
}

sign_in() {
	local answer

	session_jar=$(mktemp "${TMPDIR:-/tmp}/tyboo-session.XXXXXX")
	session_csrf=
	answer=$(api POST /sessions "$(jq -n --arg e "$(owner_field email)" --arg p "$(owner_field password)" \
		'{email: $e, password: $p}')")
	session_csrf=$(jq -r .csrf_token <<<"$answer")
}

sign_out() {
	api DELETE /sessions/current >/dev/null
	rm -f "$session_jar"
}

# --- publish once ------------------------------------------------------------------------------------

demo_credential() {	# prints the id of the credential that holds the hook's secret
	local ws=/workspaces/$1 id

	id=$(state_get demo_credential)
	if [ -n "$id" ] && api GET "$ws/credentials" | jq -e --arg id "$id" 'any(.items[]; .id == $id)' >/dev/null; then
		printf '%s' "$id"
		return 0
	fi
	make_secret_file "$home/etc/demo.secret" random_hex 32
	id=$(api POST "$ws/credentials" "$(jq -n --arg s "$(cat "$home/etc/demo.secret")" --arg n "GitHub demo secret $(random_hex 3)" \
		'{name: $n, type: "webhook_secret", data: {secret: $s}}')" | jq -r .id)
	state_set demo_credential "$id"
	printf '%s' "$id"
}

demo_graph() {	# demo_graph CREDENTIAL
	jq --arg credential "$1" --arg echo "http://127.0.0.1:$(state_get demo_port)/demo/echo" \
		'walk(if . == "@CREDENTIAL@" then $credential elif . == "@ECHO_URL@" then $echo else . end)' \
		"$root/scripts/demo/workflow.json"
}

# Kept as it is where it is published: the user may have changed it.
publish_demo() {
	local ws=/workspaces/$1 id credential

	id=$(state_get demo_workflow)
	if [ -n "$id" ] && api GET "$ws/workflows?limit=200" |
		jq -e --arg id "$id" 'any(.items[]; .id == $id and .published)' >/dev/null; then
		return 0
	fi
	credential=$(demo_credential "$1")
	id=$(api POST "$ws/workflows" "$(demo_graph "$credential" |
		jq --arg name "$demo_name" '{name: $name, graph: .}')" | jq -r .id)
	api POST "$ws/workflows/$id/publish" '{}' >/dev/null
	state_set demo_workflow "$id"
}

# --- deliver, wait, show -------------------------------------------------------------------------------

demo_body() {
	jq -cn --arg at "$(date -u +%FT%TZ)" '{action: "opened", issue: {number: 42, title: "It works", labels: [{id: 1, name: "bug", color: "d73a4a"}, {id: 2, name: "ops", color: "cfd3d7"}],
		created_at: $at}, repository: {full_name: "example/demo"}, sender: {login: "octocat"}}'
}

deliver_demo() {	# prints the answer to the delivery
	local body signature

	body=$(demo_body)
	signature=$(printf '%s' "$body" | openssl dgst -sha256 -hmac "$(cat "$home/etc/demo.secret")" -r | cut -d' ' -f1)
	printf '%s' "$body" | web -f -X POST --data-binary @- -H 'Content-Type: application/json' \
		-H 'User-Agent: GitHub-Hookshot/demo' -H 'X-GitHub-Event: issues' \
		-H "X-GitHub-Delivery: $(cat /proc/sys/kernel/random/uuid)" \
		-H "X-Hub-Signature-256: sha256=$signature" "$(state_get base_url)/hooks/$1/demo/github"
}

demo_finished() {	# demo_finished WORKSPACE RUN
	[[ $(api GET "/workspaces/$1/executions/$2" | jq -r .status) =~ ^(ok|error|timeout|canceled)$ ]]
}

run_demo() {
	local ws answer run started

	ws=$(owner_field workspace)
	sign_in
	publish_demo "$ws"
	started=$(now_ms)
	answer=$(deliver_demo "$ws") || fail "the signed delivery was refused: $answer" "./tyboo logs api"
	run=$(jq -r .run_id <<<"$answer")
	wait_until 30 demo_finished "$ws" "$run" ||
		fail "the run $run has not finished: $(api GET "/workspaces/$ws/executions/$run" | head -c 500)" "./tyboo logs run"
	api GET "/workspaces/$ws/executions/$run" |
		jq --arg ws "$ws" --argjson ms "$(($(now_ms) - started))" --arg url "$(state_get base_url)" \
			'{workspace: $ws, run_id: .id, status, error, wall_ms: $ms, url: "\($url)/w/\($ws)/executions/\(.id)", steps}' \
			>"$home/log/demo.json"
	sign_out
	jq -e '.status == "ok"' "$home/log/demo.json" >/dev/null ||
		fail "the run ended as $(jq -c '[.status, .error]' "$home/log/demo.json")" "./tyboo logs run"
	note "delivery accepted, run $(jq -r .status "$home/log/demo.json") after $(jq -r .wall_ms "$home/log/demo.json") ms"
}

print_demo() {
	say ""
	jq -r '"  run \(.run_id)  \(.status)", "  \(.url)"' "$home/log/demo.json"
	jq -r '(["node", "type", "status", "items", "ms"] | @tsv),
		(.steps[] | [(.name // .node), .type, .status, .items_out, .duration_ms] | @tsv)' "$home/log/demo.json" |
		awk -F '\t' '{printf "    %-22s %-14s %-8s %6s %8s\n", $1, $2, $3, $4, $5}'
	say ""
}
