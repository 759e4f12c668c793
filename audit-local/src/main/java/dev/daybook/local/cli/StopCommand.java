package dev.daybook.local.cli;

import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.DataDirectoryLock;
import dev.daybook.local.postgres.PostgresServer;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

@Command(
        name = "stop",
        description =
                "Stops a running pipeline, and a PostgreSQL server that a killed one left behind.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class StopCommand implements Callable<Integer> {

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        Optional<ProcessHandle> running = DataDirectoryLock.holder(data.directory());
        boolean stopped = running.isPresent();
        if (running.isPresent()) {
            running.get().destroy();
            try {
                running.get().onExit().get(60, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new UserError(
                        "Process " + running.get().pid() + " has not stopped within 60 s.",
                        "Kill it; nothing is lost.");
            }
        }
        for (Path server : data.directory().servers()) {
            stopped |= PostgresServer.stopOn(server);
        }
        if (spec != null) {
            spec.commandLine().getOut().println(stopped ? "Stopped." : "Nothing was running.");
        }
        return 0;
    }
}
