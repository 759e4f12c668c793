package dev.daybook.local.cli;

import dev.daybook.local.UserError;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

/** The command line: {@code ./daybook COMMAND}. */
@Command(
        name = "daybook",
        description =
                "A complete, queryable, trustworthy history of every row in a PostgreSQL database.",
        subcommands = {
            UpCommand.class,
            StatusCommand.class,
            DoctorCommand.class,
            StopCommand.class,
            HistoryCommand.class,
            SourceCommand.class,
            HelpCommand.class
        },
        footer = {"", "daybook bench measures the pipeline; daybook bench --help says how."},
        synopsisSubcommandLabel = "COMMAND")
public final class Daybook implements Callable<Integer> {

    /** The exit code for what the person at the keyboard can put right. */
    static final int USER_ERROR = 2;

    @Spec private CommandSpec spec;

    private Daybook() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        return new CommandLine(new Daybook())
                .setExecutionExceptionHandler(
                        (failure, command, parsed) -> {
                            sayFailure(command.getErr(), failure);
                            return USER_ERROR;
                        })
                .setParameterExceptionHandler(Daybook::sayMisuse)
                .execute(arguments);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return 0;
    }

    private static int sayMisuse(ParameterException misuse, String[] arguments) {
        CommandLine command = misuse.getCommandLine();
        command.getErr()
                .println(
                        "daybook: "
                                + misuse.getMessage()
                                + ". See ./daybook help"
                                + (command.getParent() == null
                                        ? "."
                                        : " " + command.getCommandName() + "."));
        return USER_ERROR;
    }

    /**
     * One line for what was foreseen; anything else is a fault of ours and says where it is logged.
     */
    static void sayFailure(PrintWriter err, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserError) {
                err.println("daybook: " + cause.getMessage());
                return;
            }
        }
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        org.slf4j.LoggerFactory.getLogger(Daybook.class).error("Command failed", failure);
        err.println(
                "daybook: "
                        + root.getClass().getSimpleName()
                        + ": "
                        + root.getMessage()
                        + " (details in the log)");
    }
}
