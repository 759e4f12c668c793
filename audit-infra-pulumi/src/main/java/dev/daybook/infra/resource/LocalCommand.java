package dev.daybook.infra.resource;

import com.pulumi.core.Output;
import com.pulumi.core.annotations.Import;
import com.pulumi.core.annotations.ResourceType;
import com.pulumi.resources.CustomResource;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.ResourceArgs;

import java.util.List;
import java.util.Map;

/**
 * A command that runs where Pulumi runs, once, and again whenever one of its triggers changes. It
 * is the resource {@code Command} of Pulumi's command provider, declared here for the same reason
 * as {@link RandomPassword}.
 */
@ResourceType(type = LocalCommand.TYPE)
public final class LocalCommand extends CustomResource {

    static final String TYPE = "command:local:Command";
    static final String PROVIDER_VERSION = "1.1.0";

    public LocalCommand(
            String name,
            String command,
            Map<String, Output<String>> environment,
            List<Output<String>> triggers,
            CustomResourceOptions options) {
        super(
                TYPE,
                name,
                new Args(command, environment, triggers),
                CustomResourceOptions.merge(
                        CustomResourceOptions.builder()
                                .version(PROVIDER_VERSION)
                                .replaceOnChanges(List.of("triggers"))
                                .build(),
                        options));
    }

    private static final class Args extends ResourceArgs {
        @Import(name = "create")
        private final Output<String> create;

        @Import(name = "environment")
        private final Output<Map<String, String>> environment;

        @Import(name = "triggers")
        private final Output<List<String>> triggers;

        Args(
                String create,
                Map<String, Output<String>> environment,
                List<Output<String>> triggers) {
            this.create = Output.of(create);
            var builder = Output.<String>mapBuilder();
            environment.forEach((name, value) -> builder.put(name, value));
            this.environment = builder.build();
            this.triggers = Output.all(triggers);
        }
    }
}
