export { search } from "jmespath";
