package dev.daybook.local.cli;

import dev.daybook.local.Logs;
import dev.daybook.local.Screen;
import dev.daybook.local.UserError;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** The command line: {@code ./daybook COMMAND}. */
@Command(
        name = "daybook",
        description =
                "A complete, queryable, trustworthy history of every row in a PostgreSQL database.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            UpCommand.class,
            StatusCommand.class,
            DoctorCommand.class,
            VerifyCommand.class,
            EvidenceCommand.class,
            StopCommand.class,
            HistoryCommand.class,
            RejectedCommand.class,
            RedactionCommand.class,
            KeyCommand.class,
            SourceCommand.class,
            CompletionCommand.class,
            HelpCommand.class
        },
        footer = {
            "",
            "daybook bench measures the pipeline; daybook bench --help says how.",
            "",
            "Exit codes: 0 done; 1 the answer is no; 2 something that you can put right; 3 warnings"
                    + " of doctor; 4 verify is not certain. NO_COLOR turns colours off."
        },
        synopsisSubcommandLabel = "COMMAND")
public final class Daybook implements Callable<Integer> {

    /** The exit code for what the person at the keyboard can put right. */
    static final int USER_ERROR = 2;

    @Spec private CommandSpec spec;

    private Daybook() {}

    public static void main(String[] arguments) {
        Logs.quiet();
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        CommandLine command = commandLine();
        try {
            return command.execute(arguments);
        } catch (Error e) {
            sayFailure(command.getErr(), e);
            return USER_ERROR;
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Daybook())
                .setExecutionExceptionHandler(
                        (failure, command, parsed) -> {
                            sayFailure(command.getErr(), failure);
                            return USER_ERROR;
                        })
                .setParameterExceptionHandler(Daybook::sayMisuse);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return 0;
    }

    private static int sayMisuse(ParameterException misuse, String[] arguments) {
        CommandLine command = misuse.getCommandLine();
        String message = String.valueOf(misuse.getMessage()).strip();
        String root = command.getCommandSpec().root().name();
        String words = command.getCommandSpec().qualifiedName().substring(root.length());
        command.getErr()
                .println(
                        Screen.line(
                                "daybook: "
                                        + (message.endsWith(".") ? message : message + ".")
                                        + " See ./daybook help"
                                        + words
                                        + "."));
        return USER_ERROR;
    }

    /** Says one line; what was not foreseen names the file that holds the details. */
    static void sayFailure(PrintWriter err, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserError) {
                err.println(Screen.line("daybook: " + cause.getMessage()));
                return;
            }
        }
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = String.valueOf(root.getMessage()).strip().lines().findFirst().orElse("");
        err.println(
                Screen.line(
                        "daybook: An unexpected failure: "
                                + (message.isEmpty() ? "it gave no reason" : message)
                                + ". Details are in "
                                + details(failure)
                                + "."));
    }

    private static String details(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace, true));
        try {
            // Readable by its owner only: a trace may quote rows.
            Path file = Files.createTempFile("daybook-failure-", ".log");
            Files.writeString(file, trace.toString());
            return file.toString();
        } catch (IOException e) {
            return "no file, which could not be written";
        }
    }
}
