package dev.daybook.infra.container;

import com.pulumi.core.Output;

import dev.daybook.infra.resource.Json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container of a task. Its root file system is read-only and it has no privileges; what it writes
 * goes to volumes.
 *
 * @param name what it is called
 * @param image by digest
 * @param entryPoint instead of the image's own, or empty
 * @param command arguments, or empty for the image's own
 * @param environment settings, none of them secret
 * @param secrets environment variables by the reference that ECS reads them from
 * @param port that it listens on, or empty
 * @param volumes where its volumes are mounted, by their name
 * @param after containers that must have ended well before it starts
 * @param healthCheck a command that says whether it is well, or empty
 * @param user that it runs as, or empty for the image's own
 * @param essential whether the task ends with it
 */
public record Container(
        String name,
        String image,
        List<String> entryPoint,
        List<String> command,
        Map<String, Output<String>> environment,
        Map<String, Output<String>> secrets,
        Optional<Integer> port,
        Map<String, String> volumes,
        List<String> after,
        List<String> healthCheck,
        Optional<String> user,
        boolean essential) {

    public Container {
        environment = new LinkedHashMap<>(environment);
        secrets = new LinkedHashMap<>(secrets);
        volumes = new LinkedHashMap<>(volumes);
    }

    /** Builds a container that runs its image as it is, but for what is said otherwise. */
    public static Builder running(String name, String image) {
        return new Builder(name, image);
    }

    /** Builds a container. */
    public static final class Builder {
        private final String name;
        private final String image;
        private List<String> entryPoint = List.of();
        private List<String> command = List.of();
        private Map<String, Output<String>> environment = Map.of();
        private Map<String, Output<String>> secrets = Map.of();
        private Optional<Integer> port = Optional.empty();
        private Map<String, String> volumes = Map.of("tmp", "/tmp");
        private List<String> after = List.of();
        private List<String> healthCheck = List.of();
        private Optional<String> user = Optional.empty();
        private boolean essential = true;

        private Builder(String name, String image) {
            this.name = name;
            this.image = image;
        }

        public Builder entryPoint(String... words) {
            entryPoint = List.of(words);
            return this;
        }

        public Builder command(String... words) {
            command = List.of(words);
            return this;
        }

        public Builder environment(Map<String, Output<String>> variables) {
            environment = variables;
            return this;
        }

        public Builder secrets(Map<String, Output<String>> references) {
            secrets = references;
            return this;
        }

        public Builder port(int number) {
            port = Optional.of(number);
            return this;
        }

        public Builder volumes(Map<String, String> pathsByName) {
            volumes = pathsByName;
            return this;
        }

        /** Starts it after another container has ended well. */
        public Builder after(String other) {
            after = List.of(other);
            return this;
        }

        public Builder healthCheck(String... words) {
            healthCheck = List.of(words);
            return this;
        }

        /** Makes it end before the others start, and run as root, who may fill a volume. */
        public Builder preparing() {
            user = Optional.of("0");
            essential = false;
            return this;
        }

        public Container build() {
            return new Container(
                    name,
                    image,
                    entryPoint,
                    command,
                    environment,
                    secrets,
                    port,
                    volumes,
                    after,
                    healthCheck,
                    user,
                    essential);
        }
    }

    /**
     * Returns the definitions as ECS takes them.
     *
     * @param containers of one task
     * @param logGroup where they log
     * @param region of the log
     */
    static Output<String> definitions(
            List<Container> containers, Output<String> logGroup, String region) {
        List<Output<Map<String, Object>>> definitions = new ArrayList<>();
        for (Container container : containers) {
            definitions.add(container.definition(logGroup, region));
        }
        return Output.all(definitions).applyValue(Json::text);
    }

    private Output<Map<String, Object>> definition(Output<String> logGroup, String region) {
        List<Output<String>> values = new ArrayList<>();
        values.add(logGroup);
        values.addAll(environment.values());
        values.addAll(secrets.values());
        return Output.all(values)
                .applyValue(
                        all -> {
                            Map<String, Object> json =
                                    Json.object(
                                            "name",
                                            name,
                                            "image",
                                            image,
                                            "essential",
                                            essential,
                                            "readonlyRootFilesystem",
                                            true,
                                            "privileged",
                                            false,
                                            "stopTimeout",
                                            60,
                                            "linuxParameters",
                                            Json.object(
                                                    "initProcessEnabled",
                                                    true,
                                                    "capabilities",
                                                    Json.object("drop", List.of("ALL"))),
                                            "logConfiguration",
                                            Json.object(
                                                    "logDriver",
                                                    "awslogs",
                                                    "options",
                                                    Json.object(
                                                            "awslogs-group",
                                                            all.getFirst(),
                                                            "awslogs-region",
                                                            region,
                                                            "awslogs-stream-prefix",
                                                            name)));
                            if (!entryPoint.isEmpty()) {
                                json.put("entryPoint", entryPoint);
                            }
                            if (!command.isEmpty()) {
                                json.put("command", command);
                            }
                            user.ifPresent(id -> json.put("user", id));
                            int next = 1;
                            List<Object> variables = new ArrayList<>();
                            for (String variable : environment.keySet()) {
                                variables.add(
                                        Json.object("name", variable, "value", all.get(next++)));
                            }
                            json.put("environment", variables);
                            List<Object> references = new ArrayList<>();
                            for (String variable : secrets.keySet()) {
                                references.add(
                                        Json.object(
                                                "name", variable, "valueFrom", all.get(next++)));
                            }
                            json.put("secrets", references);
                            port.ifPresent(
                                    number ->
                                            json.put(
                                                    "portMappings",
                                                    List.of(
                                                            Json.object(
                                                                    "containerPort",
                                                                    number,
                                                                    "protocol",
                                                                    "tcp"))));
                            List<Object> mounts = new ArrayList<>();
                            volumes.forEach(
                                    (volume, path) ->
                                            mounts.add(
                                                    Json.object(
                                                            "sourceVolume",
                                                            volume,
                                                            "containerPath",
                                                            path,
                                                            "readOnly",
                                                            false)));
                            json.put("mountPoints", mounts);
                            if (!after.isEmpty()) {
                                List<Object> dependencies = new ArrayList<>();
                                after.forEach(
                                        other ->
                                                dependencies.add(
                                                        Json.object(
                                                                "containerName",
                                                                other,
                                                                "condition",
                                                                "SUCCESS")));
                                json.put("dependsOn", dependencies);
                            }
                            if (!healthCheck.isEmpty()) {
                                json.put(
                                        "healthCheck",
                                        Json.object(
                                                "command",
                                                healthCheck,
                                                "interval",
                                                15,
                                                "timeout",
                                                5,
                                                "retries",
                                                4,
                                                "startPeriod",
                                                120));
                            }
                            return json;
                        });
    }
}
