// buffer.mjs -- the package's Buffer, and base64url, which it reads but does not name.
import { Buffer } from "buffer";

const { from, isEncoding, byteLength } = Buffer;
const { toString, write, fill } = Buffer.prototype;
const isUrl = (encoding) => typeof encoding === "string" && encoding.toLowerCase() === "base64url";
const known = (encoding) => (isUrl(encoding) ? "base64" : encoding);

Buffer.from = (value, encoding, length) => from(value, known(encoding), length);
Buffer.isEncoding = (encoding) => isUrl(encoding) || isEncoding(encoding);
Buffer.byteLength = (value, encoding) => byteLength(value, known(encoding));
Buffer.prototype.write = function (...args) {
	return write.apply(this, args.map(known));
};
Buffer.prototype.fill = function (...args) {
	return fill.apply(this, args.map((arg, i) => (i > 0 ? known(arg) : arg)));
};
Buffer.prototype.toString = function (encoding, start, end) {
	const text = toString.call(this, known(encoding), start, end);

	return isUrl(encoding) ? text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") : text;
};

export { Buffer };
