/*
 * rewrite.js -- calls of helpers in an expression, written as calls of functions.
 *
 * Evaluates to a function of the helpers' names ({ name: true }), which returns rewrite(script, isLenient, isLatest):
 * { text, places } or undefined where nothing is to be rewritten.
 *
 *	x.sum(1)	$h.sum(x,1)		whatever x is: a text, null, an object with a member "sum"
 *	x.sum?.(1)	$h.$maybe("sum",x,1)	undefined where x has no such method
 *	a?.b.sum().c	$h.$chain(a,$h_1=>$h.sum($h_1.b).c)
 *	a.b?.(1).sum()	$h.$called($h_2=>(a.b?.(...$h_2([1]))),$h_1=>$h.sum($h_1))
 *	$if(a, b, c)	$h.$if(a,()=>(b),()=>(c))
 *	$items('A')	$h.$items('A')
 *	$str(a)		$str($h.$try(()=>(a)))	where what is thrown gives undefined; $value(a) likewise
 *
 * A method of a prototype would not do: null has none, and a member of the data hides it.
 *
 * Reads tokens and chains (a primary and what follows it), no more grammar than that: all else is
 * copied as it stands.  What it gives wrongly does not compile, and then the script runs as it was
 * (prelude.js).  'places' leads from columns of the text to those of the script.
 */
(function (names) {
'use strict';

/* Words after which an operand begins, so that a "/" begins a pattern and "(" groups. */
const KEYWORDS = words('return typeof instanceof in of new delete void throw case do else await yield ' +
		       'if for while switch catch with function class extends const let var try finally default');
/* Names whose methods are their own, so that they cost nothing. */
const OWN = words('Math Object JSON Number String Array Intl DateTime Duration Interval Date console Promise Reflect ' +
		  'Symbol BigInt URL Buffer luxon crypto $input super');

const TOKEN = new RegExp(
	'(\\s+|//[^\\n\\r\\u2028\\u2029]*|/\\*[^]*?\\*/)' +				/* 1: space */
	'|([\\p{ID_Start}$_#][\\p{ID_Continue}$\\u200c\\u200d]*)' +			/* 2: name */
	'|(0[xXoObB][\\da-fA-F_]+n?|(?:\\d[\\d_]*\\.?[\\d_]*|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?n?)' + /* 3: number */
	'|("(?:[^"\\\\\\n]|\\\\[^])*"|\'(?:[^\'\\\\\\n]|\\\\[^])*\')' +			/* 4: text */
	'|(\\?\\.(?!\\d)|=>|\\.\\.\\.|\\+\\+|--|[^])', 'uy');				/* 5: sign */
const PATTERN = new RegExp('/(?:[^/\\\\\\[\\n]|\\\\.|\\[(?:[^\\]\\\\\\n]|\\\\.)*\\])+/[a-z]*', 'y');
const CLOSERS = { __proto__: null, '(': ')', '[': ']', '{': '}' };

const DEPTH_MAX = 100;		/* brackets within each other; who has more is not rewritten */

function words(list)
{
	const out = { __proto__: null };

	for (const word of list.split(' '))
		out[word] = true;
	return out;
}

/* ---- tokens: a tree, by brackets ----------------------------------------------------- */

/* { kind, start, end, inner? }: kind is 'name', 'value', 'template', a bracket or a sign. */
function reader(source)
{
	let at = 0, depth = 0;

	function endsOperand(last)
	{
		if (last === undefined)
			return false;
		if (last.kind === 'name')
			return last.isMember || KEYWORDS[source.slice(last.start, last.end)] === undefined;
		return last.kind === 'value' || last.kind === 'template' || last.kind === '(' || last.kind === '[' ||
			(last.kind === '{' && !last.isBlock);
	}

	/* After ')' or '=>' a brace begins statements. */
	function isBlock(last)
	{
		return last !== undefined && (endsOperand(last) || last.kind === '=>' || last.kind === ';' ||
			(last.kind === 'name' && /^(?:do|else|try|finally)$/.test(source.slice(last.start, last.end))));
	}

	function template(start)
	{
		const inner = [];

		for (at = start + 1; at < source.length; at++) {
			if (source[at] === '\\') {
				at++;
			} else if (source[at] === '`') {
				at++;
				return { kind: 'template', start, end: at, inner };
			} else if (source[at] === '$' && source[at + 1] === '{') {
				const open = at + 1;

				at += 2;
				inner.push({ kind: '{', start: open, inner: list('}'), end: at });
				at--;
			}
		}
		throw new SyntaxError('a template has no end');
	}

	function pattern(start)
	{
		PATTERN.lastIndex = start;
		const found = PATTERN.exec(source);

		if (found === null)
			return undefined;
		at = start + found[0].length;
		return { kind: 'value', start, end: at };
	}

	function bracket(kind, start, last)
	{
		const token = { kind, start, end: 0, inner: null, isBlock: kind === '{' && isBlock(last) };

		if (++depth > DEPTH_MAX)
			throw new SyntaxError('brackets are nested too deep');
		token.inner = list(CLOSERS[kind]);
		token.end = at;
		depth--;
		return token;
	}

	function sign(kind, start, last)
	{
		if (CLOSERS[kind] !== undefined)
			return bracket(kind, start, last);
		if (kind === '`')
			return template(start);
		if (kind === '/' && !endsOperand(last)) {
			const token = pattern(start);

			if (token !== undefined)
				return token;
		}
		return { kind, start, end: at };
	}

	/* The tokens up to 'closer', past which it goes, or to the end of the source. */
	function list(closer)
	{
		const out = [];

		while (at < source.length) {
			const start = at;

			TOKEN.lastIndex = at;
			const found = TOKEN.exec(source), last = out[out.length - 1];

			at = TOKEN.lastIndex;
			if (found[1] !== undefined)
				continue;
			if (closer !== undefined && found[5] === closer)
				return out;
			if (found[2] !== undefined)
				out.push({ kind: 'name', start, end: at, isMember: last !== undefined &&
					   (last.kind === '.' || last.kind === '?.') });
			else if (found[3] !== undefined || found[4] !== undefined)
				out.push({ kind: 'value', start, end: at });
			else
				out.push(sign(found[5], start, last));
		}
		if (closer !== undefined)
			throw new SyntaxError('a bracket is not closed');
		return out;
	}

	return list(undefined);
}

/* ---- the text, of pieces: what is put in, and [start, end] of the source -------------- */

function rewriter(source, isLenient, isLatest)
{
	let count = 0, isChanged = false;

	const textOf = (token) => source.slice(token.start, token.end);
	const isName = (token, text) => token !== undefined && token.kind === 'name' && textOf(token) === text;

	/* All tokens of a list, and what stands between them, from 'start' to 'end' of the source. */
	function all(list, start, end)
	{
		const out = [];
		let from = start;

		for (let i = 0; i < list.length;) {
			out.push([from, list[i].start]);
			const made = begins(list, i) ? chain(list, i) : { pieces: whole(list[i]), next: i + 1 };

			out.push(...made.pieces);
			i = made.next;
			from = list[i - 1].end;
		}
		out.push([from, end]);
		return out;
	}

	/* A token and what is within it. */
	function whole(token)
	{
		if (token.kind === 'template') {
			const out = [];
			let from = token.start;

			for (const hole of token.inner) {
				out.push([from, hole.start], ...whole(hole));
				from = hole.end;
			}
			out.push([from, token.end]);
			return out;
		}
		return token.inner === undefined ? [[token.start, token.end]] : all(token.inner, token.start, token.end);
	}

	/* Does an operand begin here? */
	function begins(list, i)
	{
		const token = list[i];

		if (token.kind === 'name')
			return !token.isMember && (KEYWORDS[textOf(token)] === undefined || isName(token, 'new'));
		return token.kind === 'value' || token.kind === 'template' || token.kind === '(' || token.kind === '[' ||
			(token.kind === '{' && !token.isBlock);
	}

	/* The call of a helper whose name is at 'i'?  Where its arguments are, or undefined. */
	function helperAt(list, i)
	{
		if (list[i] === undefined || list[i].kind !== 'name' || names[textOf(list[i])] === undefined)
			return undefined;
		const next = list[i + 1];

		if (next === undefined)
			return undefined;
		if (next.kind === '(')
			return { at: i + 1, isMaybe: false };
		return next.kind === '?.' && list[i + 2] !== undefined && list[i + 2].kind === '('
			? { at: i + 2, isMaybe: true } : undefined;
	}

	/* Does the rest of the chain, from 'i' on, call a helper? */
	function helperAhead(list, i)
	{
		for (; i < list.length; i++) {
			const kind = list[i].kind;

			if (kind === '.' || kind === '?.') {
				if (helperAt(list, i + 1) !== undefined)
					return true;
				if (list[i + 1] !== undefined && list[i + 1].kind === 'name')
					i++;
			} else if (kind !== '(' && kind !== '[' && kind !== 'template') {
				return false;
			}
		}
		return false;
	}

	/* "(a, b)" as what follows another argument: ",a, b" or nothing. */
	function more(token)
	{
		if (token.inner.length === 0)
			return [')'];
		const inner = all(token.inner, token.start + 1, token.end - 1);

		return [',', ...inner, ')'];
	}

	function helper(pieces, name, found, list)
	{
		const rest = more(list[found.at]);

		isChanged = true;
		return found.isMaybe ? [`$h.$maybe("${name}",`, ...pieces, ...rest] : [`$h.${name}(`, ...pieces, ...rest];
	}

	/* Read the suffixes of a complete operand, as far as the chain goes. */
	function suffixes(list, i, pieces, isOwn)
	{
		while (i < list.length) {
			const token = list[i], from = list[i - 1].end;

			if (token.kind === '?.' && helperAhead(list, i))
				return optional(list, i, pieces);
			if (token.kind === '.' || token.kind === '?.') {
				const found = isOwn || token.kind === '?.' ? undefined : helperAt(list, i + 1);

				if (found !== undefined) {
					pieces = helper(pieces, textOf(list[i + 1]), found, list);
					i = found.at + 1;
				} else if (list[i + 1] !== undefined && list[i + 1].kind === 'name') {
					pieces.push([from, list[i + 1].end]);
					i += 2;
				} else {
					pieces.push([from, token.end]);
					i++;
				}
			} else if (token.kind === '(' || token.kind === '[' || token.kind === 'template') {
				pieces.push([from, token.start], ...whole(token));
				i++;
			} else {
				break;
			}
			isOwn = false;
		}
		return { pieces, next: i };
	}

	/* From "?." on: what follows is that of a value that is there. */
	function optional(list, i, pieces)
	{
		const name = `$h_${++count}`, next = list[i + 1];
		let rest;

		isChanged = true;
		if (next.kind === 'name') {
			const found = helperAt(list, i + 1);

			rest = found !== undefined
				? suffixes(list, found.at + 1, helper([name], textOf(next), found, list), false)
				: suffixes(list, i + 2, [name, '.', [next.start, next.end]], false);
		} else if (next.kind === '(') {
			return isLatest ? called(list, i, pieces, name)
				: suffixes(list, i + 2, [...pieces, [list[i - 1].end, next.start], ...whole(next)], false);
		} else {
			rest = suffixes(list, i + 2, [name, ...whole(next)], false);
		}
		return { pieces: ['$h.$chain(', ...pieces, `,${name}=>`, ...rest.pieces, ')'], next: rest.next };
	}

	/* "a.b?.(c)" stays one piece, because a method's "this" would be lost; its arguments tell that it is called. */
	function called(list, i, pieces, name)
	{
		const next = list[i + 1], mark = `$h_${++count}`;
		const inner = all(next.inner, next.start + 1, next.end - 1);
		const rest = suffixes(list, i + 2, [name], false);

		return { pieces: [`$h.$called(${mark}=>(`, ...pieces, `?.(...${mark}([`, ...inner, `]))),${name}=>`, ...rest.pieces, ')'],
			 next: rest.next };
	}

	/* "new a.b(c)" is one operand; without "(" it is the whole chain. */
	function made(list, i)
	{
		let end = i + 1;

		while (isName(list[end], 'new'))
			end++;
		end++;
		while (list[end] !== undefined && (list[end].kind === '.' || list[end].kind === '['))
			end += list[end].kind === '.' ? 2 : 1;
		const pieces = [];
		let from = list[i].start;

		for (let n = i; n < end && n < list.length; n++) {
			pieces.push([from, list[n].start], ...whole(list[n]));
			from = list[n].end;
		}
		if (list[end] === undefined || list[end].kind !== '(')
			return { pieces, next: end > list.length ? list.length : end };
		pieces.push([from, list[end].start], ...whole(list[end]));
		return suffixes(list, end + 1, pieces, false);
	}

	/* The arguments of a call, apart. */
	function parts(token)
	{
		const out = [];
		let from = token.start + 1, list = [];

		for (const inner of token.inner) {
			if (inner.kind === '...')
				return undefined;
			if (inner.kind !== ',') {
				list.push(inner);
				continue;
			}
			out.push({ list, start: from, end: inner.start });
			from = inner.end;
			list = [];
		}
		if (list.length > 0)
			out.push({ list, start: from, end: token.end - 1 });
		return out;
	}

	/* $if: the branches as functions, so that only the one that is taken is evaluated. */
	function lazy(token)
	{
		const args = parts(token);

		if (args === undefined)
			return undefined;
		const out = ['$h.$if('];

		for (let n = 0; n < args.length; n++) {
			const pieces = all(args[n].list, args[n].start, args[n].end);

			if (n === 0)
				out.push(...pieces);
			else
				out.push(',()=>(', ...pieces, ')');
		}
		out.push(')');
		return out;
	}

	function chain(list, i)
	{
		const token = list[i], next = list[i + 1];

		if (isName(token, 'new'))
			return made(list, i);
		const isCall = next !== undefined && next.kind === '(';

		if (isCall && isName(token, '$if')) {
			const pieces = lazy(next);

			if (pieces !== undefined) {
				isChanged = true;
				return suffixes(list, i + 2, pieces, false);
			}
		}
		/* A part of a template that fails joins nothing; a side of a condition that does is undefined. */
		if (isCall && isLenient && (isName(token, '$str') || isName(token, '$value'))) {
			isChanged = true;
			return suffixes(list, i + 2, [`${textOf(token)}($h.$try(()=>`, ...whole(next), '))'], false);
		}
		if (isCall && isName(token, '$items')) {
			isChanged = true;
			return suffixes(list, i + 2, ['$h.', [token.start, next.start], ...whole(next)], false);
		}
		if (isCall && isName(token, '$'))
			return suffixes(list, i + 2, [[token.start, next.start], ...whole(next)], true);
		return suffixes(list, i + 1, whole(token), token.kind === 'name' && OWN[textOf(token)] !== undefined);
	}

	const pieces = all(reader(source), 0, source.length);

	return isChanged ? pieces : undefined;
}

/* ---- columns ------------------------------------------------------------------------- */

/* Join the pieces; 'places' has, for each of the source, where it is in the text and where it was. */
function joined(pieces, source)
{
	const places = [];
	let text = '';

	for (let i = 0; i < pieces.length; i++) {
		const piece = pieces[i];

		if (typeof piece === 'string') {
			text += piece;
		} else if (piece[1] > piece[0]) {
			places.push([text.length, piece[0], piece[1] - piece[0]]);
			text += source.slice(piece[0], piece[1]);
		}
	}
	return { text, places };
}

return function (source, isLenient, isLatest) {
	let pieces;

	try {
		pieces = rewriter(source, isLenient, isLatest);
	} catch {
		return undefined;	/* the compiler fails on it, too, and says where */
	}
	return pieces === undefined ? undefined : joined(pieces, source);
};
})
