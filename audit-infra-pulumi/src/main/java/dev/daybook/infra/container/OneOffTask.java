package dev.daybook.infra.container;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;

import dev.daybook.infra.resource.Component;
import dev.daybook.infra.resource.LocalCommand;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A task that runs once, before what needs it: migrations, topics, the source's preparation. Pulumi
 * runs {@code bin/run-task}, which starts it on ECS, waits for its end and fails when it failed; it
 * runs again when its definition changes, so everything that it does can be done twice.
 */
public final class OneOffTask extends Component {

    /**
     * @param task what runs
     * @param clusterArn where
     * @param subnets in which subnets
     * @param groupId with which security group
     * @param region the region
     * @param needed what must be there before
     */
    public record Args(
            ContainerTask.Args task,
            Output<String> clusterArn,
            Output<List<String>> subnets,
            Output<String> groupId,
            String region,
            List<Resource> needed) {}

    /** Where the script is, from the directory that Pulumi runs in. */
    public static final String SCRIPT = "bin/run-task";

    private final LocalCommand run;

    public OneOffTask(String name, Args args, ComponentResourceOptions options) {
        super("OneOffTask", name, options);
        ContainerTask task = new ContainerTask(named("task"), args.task(), below());
        Map<String, Output<String>> environment = new LinkedHashMap<>();
        environment.put("DAYBOOK_REGION", Output.of(args.region()));
        environment.put("DAYBOOK_CLUSTER", args.clusterArn());
        environment.put("DAYBOOK_TASK_DEFINITION", task.arn());
        environment.put(
                "DAYBOOK_SUBNETS", args.subnets().applyValue(subnets -> String.join(",", subnets)));
        environment.put("DAYBOOK_SECURITY_GROUP", args.groupId());
        environment.put("DAYBOOK_LOG_GROUP", task.logGroup());
        run =
                new LocalCommand(
                        named("run"),
                        SCRIPT,
                        environment,
                        List.of(task.arn()),
                        after(args.needed()));
        registerOutputs(Map.of("definitionArn", task.arn()));
    }

    /** What waits for this waits for the task's good end. */
    public Resource done() {
        return run;
    }
}
