/** A style sheet as text; the build reads and shortens it. */
declare module "*.css" {
  export const css: string;
}
