package dev.daybook.local.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

@Command(
        name = "completion",
        description = {
            "Prints a script that completes daybook's commands and options in bash and zsh:",
            "source <(./daybook completion)"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class CompletionCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        String script = AutoComplete.bash("daybook", spec.root().commandLine());
        spec.commandLine().getOut().println(script);
        return 0;
    }
}
