// crypto.mjs -- the hashes of Node's module "crypto" on @noble/hashes.
//
// Evaluates to a function of Buffer and of chance (a number from 0 to 1), which gives the module.
// Keys and ciphers are not here: a script has no secret to use them with.
import { hmac } from "@noble/hashes/hmac.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_224, sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";

const HASHES = {
	__proto__: null, md5, ripemd160, sha1, sha224, sha256, sha384, sha512,
	"sha512-224": sha512_224, "sha512-256": sha512_256,
	"sha3-224": sha3_224, "sha3-256": sha3_256, "sha3-384": sha3_384, "sha3-512": sha3_512,
};

function find(name) {
	const plain = String(name).toLowerCase().replace(/^rsa-/, "");
	const hash = HASHES[plain] ?? HASHES[plain.replace(/^sha-(\d+)$/, "sha$1")];

	if (hash === undefined)
		throw new Error(`there is no hash "${name}" here; there are ${Object.keys(HASHES).join(", ")}`);
	return hash;
}

export function make(Buffer, chance) {
	const bytes = (data, encoding) => {
		if (typeof data === "string")
			return Buffer.from(data, encoding);
		if (ArrayBuffer.isView(data))
			return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
		throw new TypeError("data to be hashed must be a text, a Buffer or a typed array");
	};

	class Hash {
		#state;
		#isDone = false;

		constructor(state) {
			this.#state = state;
		}

		#check() {
			if (this.#isDone)
				throw new Error("Digest already called");
		}

		update(data, encoding) {
			this.#check();
			this.#state.update(bytes(data, encoding));
			return this;
		}

		digest(encoding) {
			this.#check();
			this.#isDone = true;
			const digest = Buffer.from(this.#state.digest());

			return encoding === undefined || encoding === "buffer" ? digest : digest.toString(encoding);
		}

		copy() {
			this.#check();
			return new Hash(this.#state.clone());
		}
	}

	function fill(array, from = 0, size = array.byteLength - from) {
		const view = new Uint8Array(array.buffer, array.byteOffset + from, size);

		for (let i = 0; i < view.length; i++)
			view[i] = Math.floor(chance() * 256);
		return array;
	}

	function getRandomValues(array) {
		if (!ArrayBuffer.isView(array) || array instanceof DataView || array instanceof Float32Array ||
		    array instanceof Float64Array)
			throw new TypeError("getRandomValues takes a typed array of integers");
		if (array.byteLength > 65536)
			throw new RangeError("getRandomValues gives at most 65536 bytes at once");
		return fill(array);
	}

	function randomUUID() {
		const b = fill(Buffer.alloc(16));

		b[6] = (b[6] & 0x0f) | 0x40;
		b[8] = (b[8] & 0x3f) | 0x80;
		return b.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
	}

	function randomInt(low, high) {
		const [from, to] = high === undefined ? [0, low] : [low, high];

		if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to <= from)
			throw new RangeError("randomInt takes whole numbers, the second above the first");
		return from + Math.floor(chance() * (to - from));
	}

	function timingSafeEqual(a, b) {
		const x = bytes(a), y = bytes(b);
		let differs = 0;

		if (x.length !== y.length)
			throw new RangeError("Input buffers must have the same byte length");
		for (let i = 0; i < x.length; i++)
			differs |= x[i] ^ y[i];
		return differs === 0;
	}

	return {
		createHash: (name) => new Hash(find(name).create()),
		createHmac: (name, key) => new Hash(hmac.create(find(name), bytes(key))),
		hash: (name, data, encoding = "hex") => new Hash(find(name).create()).update(data).digest(encoding),
		getHashes: () => Object.keys(HASHES),
		pbkdf2Sync: (password, salt, c, dkLen, name) =>
			Buffer.from(pbkdf2(find(name), bytes(password), bytes(salt), { c, dkLen })),
		randomBytes: (size) => fill(Buffer.alloc(size)),
		randomFillSync: fill,
		getRandomValues, randomUUID, randomInt, timingSafeEqual,
	};
}
