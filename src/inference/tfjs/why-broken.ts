/** Loads a package. @throws as Node does. */
export type LoadPackage = (name: string) => unknown;

/** Whether an error of loading says that the package itself is not there, not something it needs. */
export function isAbsent(error: unknown, name?: string): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return false;
  return name === undefined || message.split('\n')[0]!.includes(`'${name}'`);
}

/** What is known of the ways in which TensorFlow.js's native packages fail. */
const causes: readonly { readonly sign: RegExp; readonly hint: (name: string) => string }[] = [
  {
    sign: /lib(cuda|cudart|cudnn|cublas|cufft|cusolver|cusparse|curand)/,
    hint: () => "It needs NVIDIA's driver, CUDA 11.2 and cuDNN 8.1, their folders in LD_LIBRARY_PATH.",
  },
  {
    sign: /isNullOrUndefined|util_1\./,
    hint: () => 'It uses functions that Node 23 has removed: use Node 20 or 22.',
  },
  {
    sign: /tfjs_binding|napi-v\d|libtensorflow|native addon|node-pre-gyp/i,
    hint: (name) =>
      `Its native part was not built or is for another Node: npm rebuild ${name} --build-addon-from-source --ignore-scripts=false`,
  },
  {
    sign: /invalid ELF header|wrong ELF class|GLIBC|incompatible architecture/,
    hint: () => 'Its native part is for another system: remove node_modules and install on this machine.',
  },
];

/** The reason and the remedy for a package that is installed but does not load, with the versions that matter. */
export function whyBroken(name: string, error: Error, load: LoadPackage): { reason: string; hint: string } {
  const known = causes.find(({ sign }) => sign.test(error.message));
  const versions = `${versionOf(name, load)} on Node ${process.versions.node}, ${process.platform}/${process.arch}`;
  return {
    reason: `${versions} does not load: ${error.message.split('\n')[0]}`,
    hint: known?.hint(name) ?? 'Install it again, or use --provider tfjs-wasm, which has no native part.',
  };
}

function versionOf(name: string, load: LoadPackage): string {
  try {
    return (load(`${name}/package.json`) as { version: string }).version;
  } catch {
    return '(unknown version)';
  }
}
