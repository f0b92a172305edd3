// One piece of work a program, named on the command line; what it prints must not depend on time or place.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';

const [, , , sources, plain] = process.argv;
const show = (value) =>
  console.log(inspect(value, { depth: 6, maxArrayLength: 50, breakLength: 100, sorted: true }));
const hash = (text) => createHash('sha256').update(text).digest('hex');
const files = (ending) =>
  readdirSync(sources)
    .filter((name) => name.endsWith(ending))
    .toSorted();
const read = (name) => readFileSync(join(sources, name), 'utf8');

const WORK = {
  async typescript() {
    const { default: ts } = await import('typescript');
    const names = files('.ts').map((name) => join(sources, name));
    const program = ts.createProgram(names, {
      strict: true,
      noUnusedLocals: true,
      noUncheckedIndexedAccess: true,
      target: 99,
      module: 199,
      skipLibCheck: true,
      types: [],
    });
    const diagnostics = ts.getPreEmitDiagnostics(program);
    for (const { code, start, file } of diagnostics)
      console.log(code, start, file?.fileName.split('/').at(-1));
    let emitted = '';
    program.emit(undefined, (name, text) => (emitted += `${name.split('/').at(-1)}\n${text}`));
    console.log(names.length, diagnostics.length, hash(emitted));
  },
  async prettier() {
    const prettier = await import('prettier');
    for (const name of files('.ts').slice(0, 12))
      console.log(name, hash(await prettier.format(read(name), { filepath: name, printWidth: 60 })));
    console.log(await prettier.format('# A\n* b\n* c\n\n| a|b |\n|-|-|\n|1|2|', { parser: 'markdown' }));
    console.log(
      await prettier.format('const   a = {b:1 ,c : [1,2,3]} ; async  function* f(){ yield* await x }', {
        parser: 'babel',
      }),
    );
    await prettier
      .format('const = 1', { parser: 'babel' })
      .catch((error) => console.log(error.name, error.message));
  },
  async acorn() {
    const acorn = await import('acorn');
    const code = readFileSync(join(plain, 'node_modules/lodash/lodash.js'), 'utf8');
    const tree = acorn.parse(code, { ecmaVersion: 'latest', locations: true, ranges: true });
    console.log(hash(JSON.stringify(tree)), [...acorn.tokenizer(code, { ecmaVersion: 2020 })].length);
    for (const bad of ['let a; let a', 'class A { constructor() {} constructor() {} }', 'return', '`${']) {
      try {
        acorn.parse(bad, { ecmaVersion: 'latest' });
      } catch (error) {
        console.log(error.message, error.pos);
      }
    }
  },
  async 'babel-parser'() {
    const { parse } = await import('@babel/parser');
    for (const name of files('.ts')) {
      const tree = parse(read(name), {
        sourceType: 'module',
        plugins: ['typescript'],
        tokens: true,
        errorRecovery: true,
      });
      console.log(
        name,
        tree.errors.length,
        tree.tokens.length,
        hash(
          JSON.stringify(tree.program, (key, value) => (typeof value === 'bigint' ? String(value) : value)),
        ),
      );
    }
  },
  async eslint() {
    const { Linter } = await import('eslint');
    const linter = new Linter();
    const rules = {
      'no-unused-vars': 2,
      complexity: [2, 5],
      'prefer-const': 2,
      eqeqeq: 2,
      'no-shadow': 2,
      'no-var': 2,
      curly: 2,
      'no-use-before-define': 2,
      'func-style': 2,
      'no-param-reassign': 2,
    };
    const code = readFileSync(join(plain, 'node_modules/lodash/lodash.js'), 'utf8');
    for (const text of [
      readFileSync(join(plain, 'node_modules/rxjs/dist/cjs/internal/Observable.js'), 'utf8'),
      'var a = 1; if (a == 2) { let b } else c()',
      code,
    ]) {
      const messages = linter.verify(text, [{ rules, languageOptions: { sourceType: 'commonjs' } }]);
      console.log(messages.length, hash(JSON.stringify(messages)));
      show(messages.slice(0, 3));
    }
    console.log(
      linter.verifyAndFix('var a = 1; let b = a; foo(b)', [
        { rules: { 'no-var': 2, 'prefer-const': 2, semi: 2 } },
      ]).output,
    );
  },
  async rollup() {
    const { rollup } = await import('rollup');
    const modules = {
      main: 'import { a } from "a"; export { c } from "c"; console.log(a()); export default () => import("lazy")',
      a: 'import { b } from "b"; export const a = () => b + 1; export const unused = 5',
      b: 'import { a } from "a"; export let b = 2; export const cycle = a',
      c: 'export class c { static x = 1; #y = 2; get y() { return this.#y } }',
      lazy: 'export * from "c"; export const lazy = true',
    };
    const warnings = [];
    const bundle = await rollup({
      input: 'main',
      onwarn: (warning) => warnings.push(warning.message),
      plugins: [
        { name: 'memory', resolveId: (id) => (id in modules ? id : null), load: (id) => modules[id] ?? null },
      ],
    });
    for (const format of ['es', 'cjs', 'system']) {
      const { output } = await bundle.generate({
        format,
        sourcemap: true,
        exports: 'named',
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
      });
      for (const chunk of output)
        console.log(chunk.fileName, hash(chunk.code ?? ''), hash(String(chunk.map ?? '')));
    }
    show(warnings);
    await rollup({ input: 'missing' }).catch((error) => console.log(error.code, error.message));
  },
  async hono() {
    const { Hono } = await import('hono');
    const { cors } = await import('hono/cors');
    const { etag } = await import('hono/etag');
    const { HTTPException } = await import('hono/http-exception');
    const app = new Hono();
    app.use('*', cors(), etag());
    app.get('/users/:id{[0-9]+}', (c) => c.json({ id: c.req.param('id'), q: c.req.query() }));
    app.post('/echo', async (c) => c.text((await c.req.text()).toUpperCase(), 201));
    app.get('/stream', (c) =>
      c.body(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('part'));
            controller.close();
          },
        }),
      ),
    );
    app.get('/fail', () => {
      throw new HTTPException(418, { message: 'teapot' });
    });
    app.get('/crash', async () => {
      throw new TypeError('crash');
    });
    app.onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text(`error ${error.message}`, 500),
    );
    for (const [path, init] of [
      ['/users/42?a=1'],
      ['/users/x'],
      ['/echo', { method: 'POST', body: 'hello' }],
      ['/stream'],
      ['/fail'],
      ['/crash'],
      ['/users/1', { method: 'OPTIONS', headers: { origin: 'http://a.example' } }],
    ]) {
      const response = await app.request(path, init);
      show([path, response.status, Object.fromEntries(response.headers), await response.text()]);
    }
  },
  async fastify() {
    const { default: fastify } = await import('fastify');
    const app = fastify();
    app.addHook('onRequest', async (request) => {
      request.headers['x-seen'] = 'yes';
    });
    app.decorate('answer', 42);
    app.get('/', async (request) => ({ answer: app.answer, seen: request.headers['x-seen'] }));
    app.post(
      '/sum',
      {
        schema: {
          body: {
            type: 'object',
            required: ['list'],
            properties: { list: { type: 'array', items: { type: 'number' } } },
          },
          response: { 200: { type: 'object', properties: { sum: { type: 'number' } } } },
        },
      },
      async (request) => ({ sum: request.body.list.reduce((a, b) => a + b, 0), hidden: 1 }),
    );
    app.get('/callback', (request, reply) => {
      setTimeout(() => reply.send('later'), 2);
    });
    app.get('/error', async () => {
      throw Object.assign(new Error('broken'), { statusCode: 503 });
    });
    await app.register(
      async (child) => {
        child.get('/child', async () => 'child');
      },
      { prefix: '/v1' },
    );
    for (const options of [
      '/',
      { method: 'POST', url: '/sum', payload: { list: [1, 2, 3] } },
      { method: 'POST', url: '/sum', payload: { list: 'no' } },
      '/callback',
      '/error',
      '/v1/child',
      '/nothing',
    ]) {
      const response = await app.inject(options);
      show([response.statusCode, response.headers['content-type'], response.body]);
    }
    await app.close();
  },
  async rxjs() {
    const rx = await import('rxjs');
    const {
      map,
      mergeMap,
      scan,
      take,
      catchError,
      retry,
      groupBy,
      toArray,
      debounceTime,
      switchMap,
      share,
      concatMap,
      delay,
      finalize,
    } = rx;
    show(
      await rx.lastValueFrom(
        rx.range(1, 50).pipe(
          groupBy((n) => n % 3),
          mergeMap((group) =>
            group.pipe(
              scan((a, b) => a + b, 0),
              toArray(),
            ),
          ),
          toArray(),
        ),
      ),
    );
    let attempts = 0;
    const flaky = rx.defer(() =>
      ++attempts < 3 ? rx.throwError(() => new Error(`attempt ${attempts}`)) : rx.of('ok'),
    );
    show(await rx.lastValueFrom(flaky.pipe(retry(5))));
    show(
      await rx.lastValueFrom(
        rx.throwError(() => new Error('x')).pipe(catchError((error) => rx.of(error.message))),
      ),
    );
    show(
      await rx.lastValueFrom(
        rx.from([1, 2, 3]).pipe(
          concatMap((n) => rx.of(n).pipe(delay(1))),
          toArray(),
        ),
      ),
    );
    const subject = new rx.Subject();
    const seen = [];
    const shared = subject.pipe(
      share(),
      finalize(() => seen.push('final')),
    );
    shared.subscribe((value) => seen.push(value));
    shared
      .pipe(
        switchMap((value) => rx.of(value * 2)),
        take(1),
      )
      .subscribe({ next: (value) => seen.push(`double ${value}`), complete: () => seen.push('complete') });
    subject.next(1);
    subject.next(2);
    subject.complete();
    show(seen);
    show(await rx.lastValueFrom(rx.from([1, 2]).pipe(debounceTime(1), map(String))));
  },
  async lodash() {
    const { default: _ } = await import('lodash');
    const list = _.range(200).map((n) => ({ n, key: n % 7, deep: { value: [n, { n }] } }));
    show(
      _.chain(list)
        .groupBy('key')
        .mapValues((group) => _.sumBy(group, 'deep.value[1].n'))
        .value(),
    );
    show(_.isEqual(_.cloneDeep(list), list));
    show(_.template('<% _.each(list, (x) => { %><b><%- x %></b><% }) %>')({ list: ['<', '&'] }));
    show([
      _.camelCase('a b-c_d'),
      _.words('fred, barney, & pebbles'),
      _.deburr('déjà vu'),
      _.truncate('a'.repeat(90)),
    ]);
    show(_.merge({}, { a: [{ b: 1 }] }, { a: [{ c: 2 }] }));
    const spread = _.flow([_.partialRight(_.map, (x) => x * 2), _.sum]);
    show([spread([1, 2, 3]), _.curry((a, b, c) => a + b + c)(1)(2)(3), _.memoize((x) => x + 1)(1)]);
    const debounced = _.debounce((x) => show(['debounced', x]), 2);
    debounced(1);
    debounced(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
  },
  async 'p-queue'() {
    const { default: PQueue } = await import('p-queue');
    const queue = new PQueue({ concurrency: 2 });
    const seen = [];
    queue.on('idle', () => seen.push('idle'));
    const results = await Promise.allSettled(
      [5, 1, 3, 2].map((n) =>
        queue.add(
          async () => {
            seen.push(`start ${n}`);
            await new Promise((resolve) => setTimeout(resolve, n * 4));
            if (n === 3) throw new Error('three');
            seen.push(`end ${n}`);
            return n;
          },
          { priority: n },
        ),
      ),
    );
    await queue.onIdle();
    show([seen, results.map(({ status, value, reason }) => [status, value ?? reason.message])]);
    const aborted = new AbortController();
    const waiting = queue.add(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      { signal: aborted.signal },
    );
    aborted.abort();
    await waiting.catch((error) => show(error.name));
  },
  async undici() {
    const { fetch, request, Agent, FormData, Headers } = await import('undici');
    const server = createServer((incoming, response) => {
      if (incoming.url === '/reset') return incoming.socket.destroy();
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('end', () => {
        response.setHeader('date', 'never');
        response.writeHead(incoming.url === '/missing' ? 404 : 200, { 'content-type': 'text/plain' });
        response.end(`${incoming.method} ${incoming.url} ${Buffer.concat(chunks).length > 0 ? 'body' : ''}`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${server.address().port}`;
    const dispatcher = new Agent({ connections: 2 });
    for (const [path, init] of [['/a'], ['/missing'], ['/post', { method: 'POST', body: 'x' }]]) {
      const response = await fetch(base + path, { ...init, dispatcher });
      show([response.status, response.headers.get('content-type'), await response.text()]);
    }
    const form = new FormData();
    form.set('a', '1');
    show([...form.entries()]);
    show([...new Headers({ B: '2', a: '1' })]);
    const { statusCode, body } = await request(`${base}/r`, { dispatcher });
    show([statusCode, await body.text()]);
    await fetch(`${base}/reset`, { dispatcher }).catch((error) => show([error.name, error.message]));
    await fetch('http://127.0.0.1:1/', { dispatcher }).catch((error) =>
      show([error.name, error.cause?.code]),
    );
    await dispatcher.close();
    server.close();
  },
};

if (process.argv[2] === '--list') console.log(JSON.stringify(Object.keys(WORK)));
else await WORK[process.argv[2]]();
