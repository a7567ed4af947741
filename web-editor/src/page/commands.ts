/** What a person can do on a page: one list, from which the palette, the shortcuts and the help are drawn. */

export interface Command {
  /** Unique on the page, `noun.verb`: `document.print`. */
  id: string;
  /** As a person would say it: "Print". */
  name: string;
  /** Heading in the palette: "Document", "View", "People". */
  group: string;
  /** Other words a person may search for. */
  words?: string;
  /** Global shortcut, `Mod+Shift+X`; Mod is Ctrl, on Apple's keyboards Cmd. Leave out where somebody else handles the keys. */
  keys?: string;
  run: () => void;
  /** False while the command makes no sense: it is neither listed nor run. */
  enabled?: () => boolean;
}

export class Commands {
  readonly #all = new Map<string, Command>();

  add(...commands: Command[]): void {
    for (const command of commands) this.#all.set(command.id, command);
  }

  /** Those that can be run now, in the order they were added. */
  available(): Command[] {
    return [...this.#all.values()].filter((command) => command.enabled?.() ?? true);
  }
}
