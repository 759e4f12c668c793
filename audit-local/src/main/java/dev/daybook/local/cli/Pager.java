package dev.daybook.local.cli;

import java.io.Console;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Shows a long answer a screen at a time where there is a terminal. */
final class Pager implements AutoCloseable {

    private final PrintWriter out;
    private final Process process;

    private Pager(PrintWriter out, Process process) {
        this.out = out;
        this.process = process;
    }

    /**
     * Gives a command's lines to a sink: to the program of {@code PAGER} on a terminal, and
     * straight to {@code direct} elsewhere or where there is no such program.
     */
    static void show(
            PrintWriter direct, boolean wanted, java.util.function.Consumer<PrintWriter> lines) {
        if (wanted && onTerminal()) {
            try (Pager pager = open()) {
                lines.accept(pager.out);
                return;
            } catch (IOException e) {
                // There is no pager on this machine.
            }
        }
        lines.accept(direct);
        direct.flush();
    }

    private static boolean onTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static Pager open() throws IOException {
        String configured = System.getenv("PAGER");
        // F: no paging of what fits the screen; X: what was shown stays. Never -R: no colours.
        ProcessBuilder command =
                configured == null || configured.isBlank()
                        ? new ProcessBuilder("less", "-FX")
                        : new ProcessBuilder("sh", "-c", configured);
        command.environment().remove("LESS");
        Process process =
                command.redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        return new Pager(
                new PrintWriter(
                        new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8)),
                process);
    }

    @Override
    public void close() {
        out.close();
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
                process.destroy();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
