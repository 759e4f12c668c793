package dev.daybook.infra;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A task that runs once, before what needs it: migrations, topics, the source's preparation. Pulumi
 * runs {@code bin/run-task}, which starts it on ECS, waits for its end and fails when it failed; it
 * runs again when its definition changes, so everything that it does can be done twice.
 */
final class OneOffTask extends Part {

    /**
     * @param parts what runs
     * @param clusterArn where
     * @param subnets in which subnets
     * @param groupId with which security group
     * @param region the region
     * @param needed what must be there before
     */
    record Args(
            TaskParts.Args parts,
            Output<String> clusterArn,
            Output<List<String>> subnets,
            Output<String> groupId,
            String region,
            List<Resource> needed) {}

    /** Where the script is, from the directory that Pulumi runs in. */
    static final String SCRIPT = "bin/run-task";

    private final LocalCommand run;

    OneOffTask(String name, Args args, ComponentResourceOptions options) {
        super("OneOffTask", name, options);
        TaskParts parts = new TaskParts(named("task"), args.parts(), below());
        Map<String, Output<String>> environment = new LinkedHashMap<>();
        environment.put("DAYBOOK_REGION", Output.of(args.region()));
        environment.put("DAYBOOK_CLUSTER", args.clusterArn());
        environment.put("DAYBOOK_TASK_DEFINITION", parts.arn());
        environment.put(
                "DAYBOOK_SUBNETS", args.subnets().applyValue(subnets -> String.join(",", subnets)));
        environment.put("DAYBOOK_SECURITY_GROUP", args.groupId());
        environment.put("DAYBOOK_LOG_GROUP", parts.logGroup());
        run =
                new LocalCommand(
                        named("run"),
                        SCRIPT,
                        environment,
                        List.of(parts.arn()),
                        after(args.needed()));
        registerOutputs(Map.of("definitionArn", parts.arn()));
    }

    /** What waits for this waits for the task's good end. */
    Resource done() {
        return run;
    }
}
