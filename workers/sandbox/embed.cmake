# cmake -DIN=prelude.js -DNAME=prelude -DOUT=prelude_js.c -P embed.cmake: a text as a C array.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "/* made of ${NAME}.js by embed.cmake */
extern const char ty_${NAME}_js[];
const char ty_${NAME}_js[] = {
${bytes}0x00
};
")
