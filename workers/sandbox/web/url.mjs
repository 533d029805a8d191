export { URL, URLSearchParams } from "whatwg-url";
export { setIdna } from "./idna_late.mjs";
