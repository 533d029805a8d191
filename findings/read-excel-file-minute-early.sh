#!/usr/bin/env bash
# read-excel-file-minute-early.sh -- a spreadsheet's 00:05 is read as 00:04:59.999.
#
# Version: read-excel-file 9.3.17 (npm), its Node entry; exceljs 4.4.0 writes the sheet and reads it again.
# Behaviour: a sheet keeps a time as days since 1900 with some 16 digits.  read-excel-file multiplies and cuts the rest
#   off instead of rounding to the millisecond, so a third of all whole minutes of a day come back one millisecond
#   early, in the minute before; at midnight and at some full hours nothing is seen.
# Expected: the minute that was written, as exceljs reads it from the same file.
# Why it matters: a workflow that takes appointments from a sheet and formats "HH:mm", or groups by hour, is a minute (or
#   an hour, or a day) off for some rows only.  A node that reads sheets has to round to the millisecond.
# Output seen:
#   exceljs: 0 of 1440 minutes are another
#   read-excel-file: 448 of 1440 minutes are another, the first 00:05 as 00:04:59.999
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund read-excel-file@9.3.17 exceljs@4.4.0 >/dev/null
cat >read.mjs <<'J'
import ExcelJS from 'exceljs';
import readExcelFile from 'read-excel-file/node';

const MINUTE = 60000;
const start = Date.UTC(2026, 2, 29);
const book = new ExcelJS.Workbook();
const sheet = book.addWorksheet('Times');
for (let i = 0; i < 1440; i++)
	sheet.addRow([new Date(start + i * MINUTE)]).getCell(1).numFmt = 'yyyy-mm-dd hh:mm';
await book.xlsx.writeFile('times.xlsx');

const again = new ExcelJS.Workbook();
await again.xlsx.readFile('times.xlsx');
const read = {
	exceljs: again.worksheets[0].getColumn(1).values.slice(1),
	'read-excel-file': (await readExcelFile('times.xlsx'))[0].data.map((row) => row[0]),
};
for (const [name, times] of Object.entries(read)) {
	const off = times.flatMap((time, i) => (time.getTime() === start + i * MINUTE ? [] : [i]));
	const wall = (time) => time.toISOString().slice(11).replace(/(:00)?\.000Z$|Z$/, '');
	const first = off.length === 0 ? '' :
		`, the first ${wall(new Date(start + off[0] * MINUTE))} as ${wall(times[off[0]])}`;
	console.log(`${name}: ${off.length} of ${times.length} minutes are another${first}`);
}
J
node read.mjs | tee seen
diff - seen <<'S' || { echo "changed: look again"; exit 1; }
exceljs: 0 of 1440 minutes are another
read-excel-file: 448 of 1440 minutes are another, the first 00:05 as 00:04:59.999
S
