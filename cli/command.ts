import { Command, Option } from '@commander-js/extra-typings';
import { InvalidArgumentError } from 'commander';

/** What a command's action gets as its options. */
export type OptionsOf<C> = C extends Command<infer _, infer Options, infer __> ? Options : never;

/** What commander has beside what its types tell. @source  commander 15, lib/command.js */
interface UntypedParts {
  missingMandatoryOptionValue(option: unknown): void;
  unknownOption(flag: string): void;
  unknownCommand(): void;
  _dispatchHelpCommand(name?: string): void;
}
const untyped = Command.prototype as unknown as UntypedParts;

/** Of an option that is not known, the nearest one is named, whatever else is missing, and also where its value stands beside it. */
class StrictCommand extends Command implements UntypedParts {
  #unknown: readonly string[] = [];

  override parseOptions(argv: string[]) {
    const parsed = super.parseOptions(argv);
    this.#unknown = parsed.unknown;
    return parsed;
  }

  missingMandatoryOptionValue(option: unknown): void {
    const [flag] = this.#unknown;
    if (flag !== undefined) this.unknownOption(flag);
    untyped.missingMandatoryOptionValue.call(this, option);
  }

  unknownOption(flag: string): void {
    const name = flag.replace(/=.*/s, '');
    const isKnown = this.options.some(({ long, short }) => name === long || name === short);
    if (isKnown) this.error(`error: option '${name}' takes no value`, { code: 'commander.unknownOption' });
    untyped.unknownOption.call(this, name);
  }

  unknownCommand(): void {
    untyped.unknownCommand.call(this);
  }

  /** What is no command is refused behind `help`, too, with the nearest one. */
  _dispatchHelpCommand(name?: string): void {
    const isKnown = this.commands.some((each) => each.name() === name || each.aliases().includes(name ?? ''));
    if (name !== undefined && name !== 'help' && !isKnown) {
      this.args = [name];
      this.unknownCommand();
    }
    untyped._dispatchHelpCommand.call(this, name);
  }
}

/**
 * Every command: strict, its help within 80 columns, and its end in the hands of whoever runs it.
 *
 * @in  within: the command that it is a part of
 */
export const command = (name: string, description: string, within?: string) =>
  new StrictCommand(name)
    .description(description)
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ helpWidth: 80, sortSubcommands: false, showGlobalOptions: false })
    .showHelpAfterError(`See: starrocks-sink ${within ? `${within} ` : ''}${name} --help`);

/** An option of which only some words are right. */
export const choice = <F extends string, const C extends readonly string[]>(
  flags: F,
  description: string,
  choices: C,
) => new Option(flags, description).choices(choices);

/** Reads the value of an option as a whole number. */
export const wholeNumber =
  (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };

/** Reads the value of an option that may not be empty, nor forgotten before the next option. */
export function someText(text: string): string {
  if (text.trim() === '' || /^--[a-z]/.test(text)) throw new InvalidArgumentError('Expected some text.');
  return text;
}

/** Reads the value of an option that is the address of a server, or of a queue. */
export function webAddress(text: string): string {
  if (!isWebAddress(text)) throw new InvalidArgumentError('Expected an address like http://127.0.0.1:4566.');
  return text;
}

export const isWebAddress = (text: string): boolean => /^https?:\/\//.test(text) && URL.canParse(text);

/** Reads `name=value`, given any number of times. */
export function nameAndValue(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected name=value.');
  return { ...before, [name]: value };
}
