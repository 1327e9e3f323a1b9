import type { Command } from 'commander';

interface ExportFlags {
  format: string;
  output?: string;
  stream?: string;
  session?: string;
  force?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description("write a run's NDJSON or a server's event log in another format")
    .argument('<log|json>', 'the file of annotate --json, or the log folder or a segment of serve')
    .requiredOption('--format <name>', 'ndjson, csv, mot, coco or webvtt')
    .option('-o, --output <file>', 'the file to write (default: stdout)')
    .option('--stream <name>', 'of a log with several streams')
    .option('--session <id>', 'of a stream with several sessions')
    .option('--force', 'replace an existing output')
    .action(async (input: string, flags: ExportFlags) => {
      const { runExport } = await import('../runs/export.ts');
      await runExport(input, flags);
    });
}
