/** Defines an element unless its name is taken already: a second copy of a module must not throw. */
export function defineElement(name: string, constructor: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, constructor);
}
