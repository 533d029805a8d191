# build.sh -- builds the programs and the web UI, and copies what runs into the home.
#
# A home runs copies: building again, or another home, never changes a program under its feet.
# shellcheck shell=bash

programs=(tyboo-api tyboo-run tyboo-sandbox tyboo-parse tyboo-pdf tyboo-reap tyboo-schedule tyboo-supervise tybooctl)

# TYBOO_BUILD: another place for what is built (a source tree that others work in, or read-only).
build_dir() { printf '%s/%s' "$(realpath -m -- "${TYBOO_BUILD:-$root/build}")" "$1"; }

# build_preset PRESET [TARGET...]
build_preset() {
	local dir preset=$1

	dir=$(build_dir "$preset")
	shift
	(
		cd "$root" || exit 1
		lock_build
		[ -f "$dir/build.ninja" ] || cmake --preset "$preset" -B "$dir"
		cmake --build "$dir" --parallel "$(nproc)" ${1+--target "$@"}
	)
}

# Lock, because two homes may be made at once from one source tree: the second waits and finds it built.
lock_build() {
	mkdir -p "$(build_dir .)"
	exec 8>"$(build_dir .lock)"
	flock -w 1800 8 || fail "another build has been running for half an hour" "stop it, then run this again"
}

build_programs() {
	local preset=${option_build:-release} count

	build_preset "$preset" "${programs[@]}" ||
		fail "the build failed" "see the compiler's messages in $step_log"
	count=$(install_programs "$(build_dir "$preset")/bin") || fail "the programs could not be copied to $home/bin" "is its disk full?"
	apply_settings
	note "$preset, $count of ${#programs[@]} programs new"
}

# Copy what differs; prints how many.  A rename, so that a running program keeps its old file.
install_programs() {
	local name count=0

	mkdir -p "$home/bin"
	for name in "${programs[@]}"; do
		if ! cmp -s "$1/$name" "$home/bin/$name"; then
			install -m 0755 "$1/$name" "$home/bin/.$name.new" || return 1
			mv -f "$home/bin/.$name.new" "$home/bin/$name" || return 1
			count=$((count + 1))
		fi
	done
	printf '%s' "$count"
}

# Hash of all that the UI's build depends on.
ui_stamp() {
	(cd "$root/static" && find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 |
		LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32)
}

build_ui() {
	local stamp dist=$root/static/dist

	lock_build
	stamp=$(ui_stamp)
	if [ "$(cat "$dist/.stamp" 2>/dev/null)" != "$stamp" ]; then
		install_node_modules "$root/static"
		(cd "$root/static" && npm run build) || fail "the web UI did not build" "see npm's messages in $step_log"
		printf '%s' "$stamp" >"$dist/.stamp"
		note "built"
	else
		note "is current"
	fi
	install_node_modules "$root/static"
	install_share
}

# npm ci, once per lock file.
install_node_modules() {
	local dir=$1 stamp

	stamp=$(sha256sum "$dir/package-lock.json" | cut -c1-32)
	[ "$(cat "$dir/node_modules/.tyboo-stamp" 2>/dev/null)" = "$stamp" ] && return 0
	(cd "$dir" && npm ci --no-audit --no-fund --loglevel=error) ||
		fail "npm ci failed in ${dir#"$root"/}" "is the npm registry reachable? npm's messages are above"
	printf '%s' "$stamp" >"$dir/node_modules/.tyboo-stamp"
}

# The web's globals for the sandbox, bundled anew where one of their sources is newer.
install_web() {
	local from=$root/workers/sandbox/web web=$home/share/web

	[ -f "$web/url.js" ] && [ -z "$(find "$from" "$root/static/package-lock.json" -newer "$web/url.js")" ] && return 0
	rm -rf "$web.new"
	node "$from/build.mjs" "$root/static/node_modules" "$web.new" ||
		fail "the sandbox's packages could not be bundled" "esbuild's messages are above"
	rm -rf "$web"
	mv "$web.new" "$web"
}

# Read-only files: SQL, luxon and the web's globals for the sandbox, the built UI.
install_share() {
	local new=$home/share/.ui.new

	rm -rf "$home/share/sql.new" "$new"
	cp -r "$root/sql" "$home/share/sql.new"
	rm -rf "$home/share/sql"
	mv "$home/share/sql.new" "$home/share/sql"
	install -m 0644 "$root/static/node_modules/luxon/build/global/luxon.min.js" "$home/share/luxon.min.js"
	install_web
	cp -r "$root/static/dist" "$new"
	rm -rf "$home/share/ui"
	mv "$new" "$home/share/ui"
	chmod -R a+rX "$home/share"
}
