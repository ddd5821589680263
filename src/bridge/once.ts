// A function that makes its answer once for each object it is given: for an env, for settings. Pure.

export function once<Input extends object, Output>(make: (input: Input) => Output): (input: Input) => Output {
  const made = new WeakMap<Input, { readonly answer: Output }>();
  return (input) => {
    const known = made.get(input) ?? { answer: make(input) };
    made.set(input, known);
    return known.answer;
  };
}
