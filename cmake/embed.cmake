# cmake -DIN=text -DOUT=file.c -DNAME=symbol -P embed.cmake: a text as a C array, NUL-terminated.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
get_filename_component(from ${IN} NAME)
file(WRITE ${OUT} "/* made of ${from} by embed.cmake */
extern const char ${NAME}[];
const char ${NAME}[] = {
${bytes}0x00
};
")
