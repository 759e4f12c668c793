package dev.daybook.infra.engine;

import dev.daybook.infra.engine.Cloud.Call;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;

import org.yaml.snakeyaml.Yaml;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Pulumi's engine with a stack of its own: state, settings and passphrase in a directory, the
 * program in this process, and a {@link Cloud} in AWS's place.
 */
final class Engine implements AutoCloseable {

    /**
     * How a command ended.
     *
     * @param code 0 where it ended well
     * @param output what it printed
     * @param calls what it asked of the cloud
     */
    record Run(int code, String output, List<Call> calls) {

        /** The names of resources that calls of an operation were made for, in their order. */
        List<String> names(String operation) {
            return calls.stream()
                    .filter(call -> call.operation().equals(operation) && !call.refused())
                    .map(Call::name)
                    .toList();
        }
    }

    private final Path directory;
    private final String stack;
    private final Cloud cloud = new Cloud();
    private final List<Server> servers = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();

    /**
     * Begins a stack with an example's settings.
     *
     * @param directory for everything that is written
     * @param stack the example
     * @param plugin the sink's plugin
     */
    Engine(Path directory, String stack, Path plugin) throws IOException, InterruptedException {
        this.directory = directory;
        this.stack = stack;
        Files.copy(Path.of("Pulumi.yaml"), directory.resolve("Pulumi.yaml"));
        Files.copy(
                Path.of("Pulumi." + stack + ".yaml"),
                directory.resolve("Pulumi." + stack + ".yaml"));
        Files.createDirectory(directory.resolve("state"));
        int aws = serve(new Providers("6.83.0", cloud));
        int random = serve(new Providers("4.18.3", cloud));
        int command = serve(new Providers("1.1.0", cloud));
        environment.put(
                "PULUMI_DEBUG_PROVIDERS",
                "aws:%d,random:%d,command:%d".formatted(aws, random, command));
        environment.put("PULUMI_DEBUG_LANGUAGES", "java:" + serve(new ProgramHost()));
        environment.put("PULUMI_BACKEND_URL", "file://" + directory.resolve("state"));
        environment.put("PULUMI_HOME", directory.resolve("home").toString());
        environment.put("PULUMI_CONFIG_PASSPHRASE", "a passphrase");
        environment.put("PULUMI_SKIP_UPDATE_CHECK", "true");
        // The engine would otherwise fetch the language's plugin, which the port above stands for.
        environment.put("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true");
        set("daybook:sinkPlugin", plugin.toAbsolutePath().toString());
        Run begun = run("stack", "init", stack);
        if (begun.code() != 0) {
            throw new IllegalStateException(begun.output());
        }
    }

    /** Whether {@code pulumi} is on the path. */
    static boolean isThere() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "pulumi")));
    }

    private int serve(BindableService service) throws IOException {
        Server server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .addService(service)
                        .maxInboundMessageSize(400 << 20)
                        .build()
                        .start();
        servers.add(server);
        return server.getPort();
    }

    Cloud cloud() {
        return cloud;
    }

    /** Sets a key of the stack's configuration, as {@code pulumi config set} does. */
    void set(String key, Object value) throws IOException {
        configure(config -> config.put(key, value));
    }

    void unset(String key) throws IOException {
        configure(config -> config.remove(key));
    }

    private void configure(java.util.function.Consumer<Map<String, Object>> change)
            throws IOException {
        Path file = directory.resolve("Pulumi." + stack + ".yaml");
        Map<String, Map<String, Object>> settings = new Yaml().load(Files.readString(file));
        change.accept(settings.get("config"));
        Files.writeString(file, new Yaml().dump(settings));
    }

    Run preview() throws IOException, InterruptedException {
        return run("preview", "--stack", stack);
    }

    Run up() throws IOException, InterruptedException {
        return run("up", "--stack", stack, "--yes", "--skip-preview");
    }

    Run destroy() throws IOException, InterruptedException {
        return run("destroy", "--stack", stack, "--yes");
    }

    private Run run(String... words) throws IOException, InterruptedException {
        cloud.calls();
        List<String> command = new ArrayList<>(List.of("pulumi"));
        command.addAll(List.of(words));
        command.addAll(List.of("--non-interactive", "--color", "never"));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException("pulumi did not end: " + output);
        }
        return new Run(process.exitValue(), output, cloud.calls());
    }

    /** All that Pulumi keeps of the stack: state, history, backups and settings. */
    String kept() throws IOException {
        StringBuilder kept = new StringBuilder();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.startsWith(directory.resolve("home"))) {
                    kept.append(Files.readString(file));
                }
            }
        }
        return kept.toString();
    }

    @Override
    public void close() {
        servers.forEach(Server::shutdownNow);
    }
}
