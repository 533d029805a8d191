# bench_home.sh -- what is measured: the bench's own programs, a home, a plain listener, published workflows.
# shellcheck shell=bash

bench_build() {
	local port

	# A machine that never saw ./tyboo up can be measured too.
	ensure_packages "${packages_build[@]}" "${packages_run[@]}"
	build_preset release "${bench_programs[@]}"
	install -m 0755 "${bench_programs[@]/#/$(build_dir release)/bin/}" "$bench_dir/bin/"
	for port in $(shuf -i 12000-19999 -n 50); do
		port_is_free "$port" && break
	done
	setsid "$bench_dir/bin/bench-sink" "$port" >>"$bench_dir/bench.log" 2>&1 </dev/null &
	printf '%s' $! >"$bench_dir/sink.pid"
	printf '%s' "http://127.0.0.1:$port" >"$bench_dir/sink"
	wait_until 5 bench_sink held || fail "bench-sink did not start" "see the lines above"
	note "sink at $(cat "$bench_dir/sink")"
}

bench_sink() { curl -sf --noproxy '*' --max-time 10 "$(cat "$bench_dir/sink")/$1"; }

bench_home() {
	local sink

	sink=$(cat "$bench_dir/sink")
	bench_tyboo up --no-demo --build release --set "http_allow=${sink#http://}"
	bench_put machine "$(jq -n --argjson cores "$(nproc)" --arg kernel "$(uname -sr)" \
		--argjson memory_mb "$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)" \
		--argjson seconds "$bench_seconds" --argjson connections "$bench_connections" \
		--argjson load "$(cut -d' ' -f1 /proc/loadavg)" '{$cores, $memory_mb, $kernel, $seconds, $connections, $load}')"
	find_home	# the home may have been placed where the servers' user can reach it
	install -m 0755 "$bench_dir/bin/bench-load" "$bench_dir/bin/bench-bare" "$home/bin/"
	note "$home"
}

# The side's own command, on its home.
bench_tyboo() { "$side_root/tyboo" "$@"; }

bench_snippet() {	# the FastCGI settings that the application has, for another upstream
	sed "s/tyboo_api/$1/" "$home/etc/snippets/fastcgi.conf" >"$home/etc/snippets/$1.conf"
}

bench_listener() {
	local port mode socket

	for port in $(shuf -i 12000-19999 -n 50); do
		port_is_free "$port" && break
	done
	state_set bench_port "$port"
	for mode in plain stores grouped; do
		bench_snippet "bench_$mode"
		socket=$(state_get socket_dir)/bench-$mode.sock
		printf 'upstream bench_%s {\n\tserver unix:%s max_fails=0;\n\tkeepalive %s;\n\tkeepalive_requests 100000;\n}\n' \
			"$mode" "$socket" "$(nginx_keepalive)"
	done >"$home/etc/nginx.d/http-bench.conf"
	cat >>"$home/etc/nginx.d/http-bench.conf" <<CONF
server {
	listen 127.0.0.1:$port;
	server_name localhost;
	client_max_body_size 16m;
	client_body_buffer_size 64k;
	keepalive_requests 10000000;
	location /hooks/ { include $home/etc/snippets/fastcgi.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
	location /plain { include $home/etc/snippets/bench_plain.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
	location /stores { include $home/etc/snippets/bench_stores.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
	location /grouped { include $home/etc/snippets/bench_grouped.conf; fastcgi_param CONTENT_LENGTH \$content_length; }
}
CONF
	bench_tyboo service start nginx
	pg_admin -d tyboo -c 'CREATE TABLE public.bench_bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		received_at timestamptz NOT NULL DEFAULT now(), body text NOT NULL);
		GRANT INSERT ON public.bench_bare TO tyboo_app'
	note "http://127.0.0.1:$port"
}

bench_publish() {	# bench_publish WORKFLOW...
	local ws name

	ws=$(owner_field workspace)
	for ((name = 0; name < bench_workspaces; name++)); do
		ctl workspace create --slug "bench$name" --name "bench $name" --owner "$(owner_field email)" >/dev/null
	done
	# Raise the limit of 100 runs at a time, because the programs are measured and not one tenant's
	# share.
	bench_sql "UPDATE tyboo.workspaces SET concurrent_max = 1000" >/dev/null
	sign_in
	for name; do
		state_set "bench_$name" "$(bench_publish_one "$ws" "$name")"
	done
	state_set bench_fifty "$(for ((name = 0; name < bench_workspaces; name++)); do
		bench_publish_one "bench$name" five
		printf ,
	done | sed 's/,$//')"
	sign_out
	note "$# published, and one in each of $bench_workspaces workspaces"
}

bench_publish_one() {	# bench_publish_one WORKSPACE NAME: prints the workflow's id
	local ws=/workspaces/$1 id credential

	credential=$(api POST "$ws/credentials" "$(jq -n --arg s "$bench_secret" --arg n "bench $2" \
		'{name: $n, type: "webhook_secret", data: {secret: $s}}')" | jq -r .id)
	id=$(api POST "$ws/workflows" "$(jq --arg c "$credential" --arg n "bench $2" --arg sink "$(cat "$bench_dir/sink")" \
		--arg until "${bench_until-}" --arg called "$(state_get bench_called)" \
		'walk(if . == "@CREDENTIAL@" then $c elif . == "@UNTIL@" then $until elif . == "@CALLED@" then $called elif type == "string" then sub("^@SINK@"; $sink) else . end) | {name: $n, graph: .}' \
		"$root/bench/workflows/$2.json")" | jq -r .id)
	api POST "$ws/workflows/$id/publish" '{}' >/dev/null
	printf '%s' "$id"
}
