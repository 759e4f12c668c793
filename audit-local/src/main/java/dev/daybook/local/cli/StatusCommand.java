package dev.daybook.local.cli;

import dev.daybook.local.pipeline.ConnectionInfo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import tools.jackson.databind.JsonNode;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

@Command(
        name = "status",
        description =
                "Says whether the pipeline runs and how far the log is complete. Exit code 0 when"
                        + " it runs.")
final class StatusCommand implements Callable<Integer> {

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Option(names = "--json", description = "Print the API's coverage document as it is.")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        ConnectionInfo connection = data.connection();
        JsonNode coverage = new ApiClient(connection).get("/coverage");
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(coverage.toPrettyString());
            return 0;
        }
        out.println("Running, process " + connection.pid() + ", API " + connection.api());
        for (JsonNode source : coverage.path("data")) {
            out.println();
            out.println("Source " + source.path("source").asString());
            source.properties()
                    .forEach(
                            member -> {
                                if (!member.getKey().equals("source")) {
                                    out.printf(
                                            "  %-24s %s%n",
                                            member.getKey().replace('_', ' '),
                                            text(member.getValue()));
                                }
                            });
        }
        if (coverage.path("data").isEmpty()) {
            out.println("Nothing has been recorded yet.");
        }
        return 0;
    }

    private static String text(JsonNode value) {
        return value.isNull() ? "-" : value.isValueNode() ? value.asString() : value.toString();
    }
}
