package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.contract.SinkSetting;
import dev.daybook.infra.settings.InvalidSettingException;
import dev.daybook.infra.settings.PluginFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The plugin is looked into before anything is made, and made so that it passes. */
class PluginFileTest {

    private static final String REGION = "eu-central-1";

    @TempDir Path directory;

    @Test
    void aWholePluginIsNamedByItsContent() {
        PluginFile plugin = read(Plugins.whole(), REGION, Stacks.CLOCK);

        assertThat(plugin.digest()).matches("[0-9a-f]{12}");
        assertThat(read(Plugins.whole(), REGION, Stacks.CLOCK)).isEqualTo(plugin);
    }

    @Test
    void nothingIsMadeWithoutTheAuthority() {
        assertThatThrownBy(
                        () ->
                                read(
                                        Plugins.without(PluginFile.AUTHORITY_FILE),
                                        REGION,
                                        Stacks.CLOCK))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("daybook:sinkPlugin is ")
                .hasMessageContaining("has no rds-ca.pem")
                .hasMessageEndingWith("run bin/msk-plugin --rds-ca FILE.");
    }

    @Test
    void anotherAuthorityIsRefused() {
        assertThatThrownBy(() -> read(Plugins.trusting("rds-ca-other.pem"), REGION, Stacks.CLOCK))
                .hasMessageContaining("RSA4096")
                .hasMessageContaining(
                        "and not the authority Amazon RDS eu-central-1 Root CA RSA2048");
        assertThatThrownBy(() -> read(Plugins.whole(), "eu-west-1", Stacks.CLOCK))
                .hasMessageContaining("and not the authority Amazon RDS eu-west-1 Root CA RSA2048");
        assertThatThrownBy(() -> read(Plugins.trusting("nothing"), REGION, Stacks.CLOCK))
                .hasMessageContaining("that is no certificate");
    }

    @Test
    void anAuthorityThatEndsSoonIsRefused() {
        Clock late = Clock.fixed(Instant.parse("2123-11-01T00:00:00Z"), ZoneOffset.UTC);

        assertThatThrownBy(() -> read(Plugins.whole(), REGION, late))
                .hasMessageContaining("trusts an authority that ends on 2123-12-08");
    }

    @Test
    void aPluginWithoutItsClassesIsRefused() {
        for (String type : List.of(SinkSetting.CONNECTOR, PluginFile.CONFIG_PROVIDER)) {
            assertThatThrownBy(
                            () ->
                                    read(
                                            Plugins.without(Plugins.classFile(type)),
                                            REGION,
                                            Stacks.CLOCK))
                    .hasMessageContaining("has no " + type);
        }
        assertThatThrownBy(() -> read(Path.of("nowhere.zip"), REGION, Stacks.CLOCK))
                .hasMessageContaining("nowhere.zip, which cannot be read");
    }

    @Test
    void theScriptTakesTheAuthorityOutOfTheRegionsBundle() throws Exception {
        Path bundle = directory.resolve("bundle.pem");
        Files.writeString(bundle, resource("rds-ca-other.pem") + resource("rds-ca.pem"));
        Path output = directory.resolve("plugin.zip");
        List<String> arguments =
                List.of(
                        "--rds-ca",
                        bundle.toString(),
                        "--plugin",
                        Plugins.without(PluginFile.AUTHORITY_FILE).toString(),
                        "--output",
                        output.toString());

        Ended made = script(arguments, "--region", REGION);
        assertThat(made.output()).contains("trusts Amazon RDS eu-central-1 Root CA RSA2048 G1.");
        assertThat(made.code()).isZero();
        PluginFile first = read(output, REGION, Stacks.CLOCK);
        Files.delete(output);
        script(arguments, "--region", REGION);
        assertThat(read(output, REGION, Stacks.CLOCK)).isEqualTo(first);

        Ended other = script(arguments, "--region", "eu-west-1");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.output()).contains("name the bundle of eu-west-1");
        assertThat(script(List.of("--region", REGION)).code()).isEqualTo(2);
    }

    private record Ended(int code, String output) {}

    private static Ended script(List<String> arguments, String... more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("../bin/msk-plugin"));
        command.addAll(arguments);
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), output);
    }

    private static PluginFile read(Path file, String region, Clock clock) {
        return PluginFile.read(file.toString(), region, clock);
    }

    private static String resource(String name) throws IOException {
        return Files.readString(Path.of("src/test/resources", name));
    }
}
