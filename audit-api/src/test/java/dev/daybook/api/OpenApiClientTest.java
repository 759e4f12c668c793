package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The description of the interface as tools of others read it: Spectral's standard rules, and a
 * TypeScript client's types. Skipped where there is no Node.js, or npm cannot fetch the tools.
 */
class OpenApiClientTest {

    private static final List<String> FILES =
            List.of(
                    "package.json",
                    "package-lock.json",
                    ".npmrc",
                    ".spectral.yaml",
                    "client.ts",
                    "prices.ts");

    @TempDir private static Path directory;

    @BeforeAll
    static void fetchTools() throws Exception {
        Assumptions.assumeTrue(
                hasNode(),
                "No Node.js on the PATH: install node and npm to have the description linted and a"
                        + " client's types made of it.");
        for (String file : FILES) {
            Files.copy(Path.of("src/test/openapi", file), directory.resolve(file));
        }
        String said = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        Assumptions.assumeTrue(
                said.isEmpty(), () -> "npm could not fetch Spectral and TypeScript:\n" + said);
        Files.writeString(
                directory.resolve("openapi.json"), ApiFixture.shared().get("/v3/api-docs").body());
    }

    private static boolean hasNode() throws InterruptedException {
        try {
            return run("node", "--version").isEmpty() && run("npm", "--version").isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void spectralFindsNothingInTheDescription() throws Exception {
        assertThat(
                        tool(
                                "spectral",
                                "lint",
                                "openapi.json",
                                "--ruleset",
                                ".spectral.yaml",
                                "--fail-severity=hint"))
                .isEmpty();
    }

    @Test
    void aTypeScriptClientCompilesAgainstTheDescription() throws Exception {
        assertThat(tool("openapi-typescript", "openapi.json", "-o", "api.d.ts")).isEmpty();
        assertThat(Files.readString(directory.resolve("api.d.ts")))
                .as("objects that can have no member")
                .doesNotContain("?: Record<string, never>")
                .doesNotContain("| Record<string, never>");
        assertThat(
                        tool(
                                "tsc",
                                "--noEmit",
                                "--strict",
                                "--skipLibCheck",
                                "--target",
                                "es2022",
                                "client.ts",
                                "prices.ts"))
                .isEmpty();
    }

    private static String tool(String name, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("node_modules/.bin/" + name));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Runs a program; returns what it said if it failed, else nothing. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? "" : String.join(" ", command) + ":\n" + said;
    }
}
