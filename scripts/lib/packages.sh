# packages.sh -- installs what is missing with apt, and touches nothing else of the machine.
#
# Packages count as installed by the command or pkg-config module that we use, not by their name,
# so that a Node from elsewhere counts.  Debian would start every server it installs and make a
# Postgres cluster "main": both are prevented for the time of the installation only.
# shellcheck shell=bash

# command, pkg-config module (pc/), header, clang runtime (rt/) or release of zone data (tz/), folder of /usr/share (data/)
# -> Debian package
packages_build=(cc:build-essential cmake:cmake ninja:ninja-build pkg-config:pkg-config
	pc/jansson:libjansson-dev pc/libcrypto:libssl-dev pc/libpq:libpq-dev pc/hiredis:libhiredis-dev
	pc/libuv:libuv1-dev pc/libcurl:libcurl4-openssl-dev pc/libzstd:libzstd-dev pc/zlib:zlib1g-dev
	pc/libbrotlidec:libbrotli-dev pc/libargon2:libargon2-dev
	pc/libseccomp:libseccomp-dev pc/javascriptcoregtk-6.0:libjavascriptcoregtk-6.0-dev pc/icu-i18n:libicu-dev
	header/fcgiapp.h:libfcgi-dev header/jq.h:libjq-dev
	pc/expat:libexpat1-dev pc/gumbo:libgumbo-dev pc/libpcre2-8:libpcre2-dev pc/libcmark-gfm:libcmark-gfm-dev
	header/cmark-gfm-core-extensions.h:libcmark-gfm-extensions-dev pc/libzip:libzip-dev pc/libical:libical-dev
	pc/poppler-cpp:libpoppler-cpp-dev)
packages_run=(pg/postgres:postgresql-15 redis-server:redis-server nginx:nginx-light spawn-fcgi:spawn-fcgi
	multiwatch:multiwatch data/poppler/cMap:poppler-data node:nodejs npm:npm openssl:openssl curl:curl jq:jq setpriv:util-linux ss:iproute2
	tz/2026b:tzdata)
packages_test=(pc/check:check shellcheck:shellcheck clang:clang clang-format:clang-format
	run-clang-tidy:clang-tidy objdump:binutils chromium:chromium ansible-playbook:ansible-core apache2:apache2-bin
	pgbouncer:pgbouncer)
packages_fuzz=(clang:clang rt/fuzzer:libclang-rt-dev llvm-symbolizer:llvm)

have_need() {
	case $1 in
	pc/*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pc/}" ;;
	header/*) [ -e "/usr/include/${1#header/}" ] || [ -e "/usr/include/fastcgi/${1#header/}" ] ;;
	tz/*) [[ ! "$(sed -n '1s/^# version //p' /usr/share/zoneinfo/tzdata.zi 2>/dev/null)" < "${1#tz/}" ]] ;;
	data/*) [ -e "/usr/share/${1#data/}" ] ;;
	rt/*) compgen -G "$(clang --print-runtime-dir 2>/dev/null)/libclang_rt.${1#rt/}-*.a" >/dev/null ;;
	pg/*) [ -n "$(find_postgres_bin)" ] ;;
	*) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] ;;
	esac
}

# The newest Postgres >= 15 that Debian (or PGDG) installed.
find_postgres_bin() {
	local dir best=

	for dir in /usr/lib/postgresql/*/bin; do
		if [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ]; then
			case ${dir#/usr/lib/postgresql/} in
			9.* | 1[0-4]/*) ;;
			*) best=$dir ;;
			esac
		fi
	done
	printf '%s' "$best"
}

# Packages of the given needs that are not there, one a line.
missing_packages() {
	local need

	for need in "$@"; do
		if ! have_need "${need%%:*}"; then
			printf '%s\n' "${need#*:}"
		fi
	done | sort -u
}

# apt as root, or through sudo.
privileged() {
	if is_root; then
		"$@"
	else
		sudo "$@"
	fi
}

# ensure_packages NEED...: install what is missing; says what it did with note().
ensure_packages() {
	local -a missing=()

	mapfile -t missing < <(missing_packages "$@")
	if [ ${#missing[@]} -eq 0 ]; then
		note "all there"
		return 0
	fi
	command -v apt-get >/dev/null 2>&1 ||
		fail "missing: ${missing[*]}, and there is no apt-get here" "install them by hand, then run this again"
	if ! is_root && ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && command -v sudo >/dev/null 2>&1; }; then
		fail "missing: ${missing[*]}" "run as root: apt-get install --no-install-recommends ${missing[*]}"
	fi
	install_packages "${missing[@]}"
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -eq 0 ] || fail "still missing after the installation: ${missing[*]}" "see the apt output above"
	note "installed"
}

install_packages() {
	local units_before policy=no cluster=no rc=0

	units_before=$(enabled_units)
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		policy=yes
		printf '#!/bin/sh\nexit 101\n' | privileged tee /usr/sbin/policy-rc.d >/dev/null
		privileged chmod 0755 /usr/sbin/policy-rc.d
	fi
	# createcluster.conf reads this folder; the file is gone again when we are done.
	if [ ! -e /etc/postgresql-common/createcluster.d/tyboo.conf ]; then
		cluster=yes
		privileged mkdir -p /etc/postgresql-common/createcluster.d
		printf 'create_main_cluster = false\n' |
			privileged tee /etc/postgresql-common/createcluster.d/tyboo.conf >/dev/null
	fi
	apt_install "$@" || rc=$?
	if [ $policy = yes ]; then
		privileged rm -f /usr/sbin/policy-rc.d
	fi
	if [ $cluster = yes ]; then
		privileged rm -f /etc/postgresql-common/createcluster.d/tyboo.conf
	fi
	disable_new_units "$units_before"
	[ $rc -eq 0 ] || fail "apt-get could not install: $*" "look at the apt output above; is the network up, are the sources right?"
}

apt_install() {
	say "installing: $*"
	privileged env DEBIAN_FRONTEND=noninteractive apt-get update -q || return $?
	privileged env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# Units of the servers that we install, where they are enabled; empty without systemd.
enabled_units() {
	local unit

	[ -d /run/systemd/system ] || return 0
	for unit in postgresql redis-server nginx; do
		if systemctl is-enabled --quiet "$unit" 2>/dev/null; then
			printf '%s\n' "$unit"
		fi
	done
}

# A server that this installation brought must not start at the next boot; one that was there may.
disable_new_units() {
	local unit

	for unit in $(enabled_units); do
		if ! grep -qx "$unit" <<<"$1"; then
			privileged systemctl disable "$unit"
		fi
	done
}
