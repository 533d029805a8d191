import { expect, test } from "vitest";
import { allowsHost, hostOf } from "../../src/lib/hosts";

test.each([
  ["https://api.example.com/a", "api.example.com"],
  ["=https://API.example.com:8443/{{ $json.id }}", "api.example.com:8443"],
  ["={{ $json.url }}", undefined],
  ["=https://{{ $json.host }}/x", undefined],
  ["=https://a.{{ $json.zone }}/x", undefined],
  ["", undefined],
])("the host of %s is %s", (address, host) => expect(hostOf(address)).toBe(host));

test.each([
  ["", "any.test", true],
  ["api.example.com", "api.example.com:8443", true],
  ["api.example.com, *.example.org", "a.b.example.org", true],
  ["*.example.org", "example.org", false],
  ["localhost:8080", "localhost:9090", false],
  ["api.example.com", "evil.test", false],
])("hosts %j allow %s: %s", (hosts, host, allowed) => expect(allowsHost(hosts, host)).toBe(allowed));
