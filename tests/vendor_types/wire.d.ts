/// A type of an SDK as JSON carries it: its enumerations are their words.
export type Wire<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Element)[]
    ? Wire<Element>[]
    : T extends object
      ? { [Name in keyof T]: Wire<T[Name]> }
      : T;

/// The same with any members left out, for the messages of our stubs, which say only what a dialect reads.
export type Part<T> = T extends readonly (infer Element)[]
  ? Part<Element>[]
  : T extends object
    ? { [Name in keyof T]?: Part<T[Name]> }
    : T;

/// `true`, if T allows not just anything. An import that is not found makes `any` of a type, without an error.
export type Narrow<T> = 0 extends 1 & T ? false : unknown extends T ? false : true;

/// Without the members of any name that some types allow.
export type Closed<T> = { [Name in keyof T as string extends Name ? never : Name]: T[Name] };
