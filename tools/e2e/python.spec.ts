import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describePythonFunctions } from './support/python-conversation';

const read = (name: string): string => readFileSync(join(__dirname, 'python', `${name}.py`), 'utf8');

describePythonFunctions(
  'functions in Python',
  { register: read('register'), transfer: read('transfer'), cleanup: read('cleanup') },
  () => 'python3',
);
