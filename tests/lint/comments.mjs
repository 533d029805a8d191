// comments.mjs -- how comments begin: with a noun from the code or a verb, so that each says what it is about.
//
// The words below stand for something that was said elsewhere, or for nothing.  A reader who comes to the line first cannot
// know what: "It is locked" tells less than "The row is locked".
import { matching } from "./tree.mjs";

const places = /^(lib|fcgi-app|workers|bench|scripts|sql\/functions|tests\/support|tests\/lint)\/|^static\/src\/(?!generated)|^tyboo$/;
const words = ["it", "its", "this", "that", "those", "these", "what", "whatever", "who", "whoever", "whom", "whose", "which",
	"nothing", "nobody", "none", "they", "them", "their", "there", "the same", "he", "she", "we", "us", "you"];
const opening = new RegExp(`^(?:(?:${words.join("|")})\\b|one (?:that|which|who|whose|of|with|behind|more)\\b)`, "i");
// Words that may begin a comment beside the code that it is about, but none on a line of its own.
const openingOfLine = /^(?:of|so|whether|how|why|where|as|for|also|but|and|or|not)\s/i;

// Marks of a comment by the end of a file's name; a C comment may begin on the line below its mark.
const kinds = [
	{ name: /\.(c|h|def|js|mjs|ts|tsx|css)$/, mark: /^(.*?)(?:\/\*+|\/\/)(?: +(.*))?$/, below: /^\s*\* (.*)$/ },
	{ name: /\.(sql|lua)$/, mark: /^(.*?)-- +(.*)$/ },
	{ name: /\.sh$|^tyboo$|^scripts\/[a-z]+$|CMakeLists\.txt$/, mark: /^(|.*?\s)# +(.*)$/ },
];

const isCode = (text) => (text.match(/"/g) ?? []).length % 2 === 0 && !/['`/][^'`/]*$/.test(text.replace(/'[^']*'|`[^`]*`/g, ""));

// The texts of a file's comments, each [line from 1, words, has a line of its own]; the lines of one block are one comment.
function* comments(text, { mark, below }) {
	const lines = text.split("\n");

	for (let i = 0; i < lines.length; i++) {
		const [, before, words] = mark.exec(lines[i]) ?? [];

		if (before === undefined || !isCode(before))
			continue;
		yield [i + 1, words ?? below?.exec(lines[i + 1] ?? "")?.[1] ?? "", before.trim() === ""];
		const isBlock = below && !/\*\//.test(lines[i].slice(before.length)) && /\/\*/.test(lines[i].slice(before.length));

		while (isBlock && i + 1 < lines.length && !/\*\//.test(lines[i + 1]))
			i++;
		while (!isBlock && before.trim() === "" && mark.exec(lines[i + 1] ?? "")?.[1].trim() === "" && !/\/\*/.test(lines[i + 1]))
			i++;
	}
}

export function checkComments(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, places)) {
		const kind = kinds.find(({ name }) => name.test(path));

		for (const [line, words, hasLine] of kind ? comments(text, kind) : [])
			if (opening.test(words) || (hasLine && openingOfLine.test(words)))
				findings.push(`${path}:${line}: begin with a noun or a verb: ${words.slice(0, 80)}`);
	}
	return findings;
}

// A comment of a style sheet that is left open swallows the rules below it, and no browser says so.
export function checkStyles(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, /\.css$/))
		for (const { index, 1: words, 2: end } of text.matchAll(/\/\*((?:(?!\*\/)[^])*)(\*\/|$)/g))
			if (end === "" || words.includes("/*"))
				findings.push(`${path}:${text.slice(0, index).split("\n").length}: the comment is left open`);
	return findings;
}
