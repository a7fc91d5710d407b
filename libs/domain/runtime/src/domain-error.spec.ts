import { DomainError } from './domain-error';

class Unreachable extends DomainError {
  readonly code = 'unreachable';
  readonly retryable = true;
}

it('a domain error has a name, a stable code, and the cause it was given', () => {
  const cause = new Error('refused');
  const error = new Unreachable('no answer', { cause });
  expect(error).toBeInstanceOf(Error);
  const { name, message, code, retryable, cause: given } = error;
  expect({ name, message, code, retryable, cause: given }).toEqual({
    name: 'Unreachable',
    code: 'unreachable',
    retryable: true,
    message: 'no answer',
    cause,
  });
});
