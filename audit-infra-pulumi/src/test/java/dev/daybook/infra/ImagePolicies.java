package dev.daybook.infra;

import org.yaml.snakeyaml.Yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What every Dockerfile and the compose file must keep, read from their text. Each policy says what
 * breaks it; {@code ImagesTest} breaks each in turn.
 */
final class ImagePolicies {

    private static final Pattern SECRET =
            Pattern.compile("(?i)\\b\\w*(PASSWORD|SECRET|TOKEN|API_?KEY)\\w*\\s*[=:]");

    private ImagePolicies() {}

    /** What a Dockerfile breaks. */
    static List<String> ofDockerfile(String text) {
        // A backslash goes on with the line.
        String file = text.replaceAll("\\\\\\R\\s*", "");
        List<String> wrong = new ArrayList<>();
        String base = first(file, "^ARG BASE=(\\S+)$").orElse("");
        check(pinned(base), "builds upon \"" + base + "\" and not upon a version", wrong);
        check(
                !base.substring(0, Math.max(0, base.indexOf('/'))).contains("."),
                "names a registry",
                wrong);
        check(file.contains("FROM ${BASE}\n"), "does not build upon what it is told", wrong);
        String user = first(file, "^USER (\\S+)$").orElse("");
        check(
                !user.isEmpty() && !user.startsWith("0") && !user.startsWith("root"),
                "runs as root",
                wrong);
        check(
                file.indexOf("USER ") > file.lastIndexOf("ADD "),
                "is no longer itself after it has said who it is",
                wrong);
        check(file.contains("VOLUME [\"/tmp\""), "cannot run on a read-only file system", wrong);
        check(first(file, "^(HEALTHCHECK .*)$").isPresent(), "does not say how well it is", wrong);
        check(!SECRET.matcher(file).find(), "holds a secret", wrong);
        check(
                file.indexOf("ADD libraries.tar") >= 0
                        && file.indexOf("ADD libraries.tar") < file.indexOf("ADD application.tar"),
                "has not the libraries in a layer of their own, first",
                wrong);
        check(!file.contains("RUN "), "runs a command, whose layer has the time it ran", wrong);
        if (file.contains("ENTRYPOINT [\"java\"")) {
            check(
                    file.contains("-XX:MaxRAMPercentage="),
                    "takes a quarter of its memory and no more",
                    wrong);
            check(
                    file.contains("-XX:+ExitOnOutOfMemoryError"),
                    "stays when it is out of memory",
                    wrong);
        }
        return wrong;
    }

    /** What the compose file breaks. */
    static List<String> ofCompose(String text) {
        Map<String, Object> compose = new Yaml().load(text);
        List<String> wrong = new ArrayList<>();
        services(compose)
                .forEach(
                        (name, service) -> {
                            List<String> found = new ArrayList<>();
                            ofService(service, found);
                            found.forEach(said -> wrong.add(name + " " + said));
                        });
        map(compose, "networks")
                .forEach(
                        (name, network) -> {
                            boolean internal =
                                    network instanceof Map<?, ?> settings
                                            && String.valueOf(settings.get("internal"))
                                                    .equals("true");
                            // What publishes a port needs one that is not: the API, and the demo's
                            // database.
                            if (!internal && !List.of("front", "demo").contains(name)) {
                                wrong.add("the network " + name + " leads outside");
                            }
                        });
        map(compose, "secrets")
                .forEach(
                        (name, secret) -> {
                            if (!secret.toString().equals("{file=secrets/" + name + "}")) {
                                wrong.add("the secret " + name + " is not a file of secrets/");
                            }
                        });
        return wrong;
    }

    private static void ofService(Map<String, Object> service, List<String> wrong) {
        check(pinned(String.valueOf(service.get("image"))), "runs any version", wrong);
        check(Boolean.TRUE.equals(service.get("read_only")), "may change its files", wrong);
        check(
                !String.valueOf(service.get("image")).startsWith("daybook/")
                        || "never".equals(service.get("pull_policy")),
                "may come from a registry that is not ours",
                wrong);
        check(List.of("ALL").equals(service.get("cap_drop")), "keeps privileges", wrong);
        check(
                List.of("no-new-privileges:true").equals(service.get("security_opt")),
                "may gain privileges",
                wrong);
        check(
                !service.containsKey("privileged") && !service.containsKey("cap_add"),
                "is privileged",
                wrong);
        check(!service.containsKey("network_mode"), "stands outside the networks", wrong);
        check(service.containsKey("mem_limit"), "may take all memory", wrong);
        String image = String.valueOf(service.get("image"));
        check(
                !image.startsWith("postgres:")
                        || !String.valueOf(service.getOrDefault("user", "0")).startsWith("0"),
                "runs as root",
                wrong);
        boolean once = "no".equals(service.get("restart"));
        check(once || service.containsKey("healthcheck"), "does not say how well it is", wrong);
        if (service.get("healthcheck") instanceof Map<?, ?> health) {
            check(
                    health.containsKey("start_period")
                            && Integer.parseInt(String.valueOf(health.get("retries"))) <= 5,
                    "is called well long after it died",
                    wrong);
            check(
                    !image.startsWith("postgres:")
                            || String.valueOf(health.get("test")).contains("psql"),
                    "is called well without its database",
                    wrong);
        }
        check(
                !image.startsWith("postgres:") || Boolean.TRUE.equals(service.get("init")),
                "takes an orphan for a crashed backend",
                wrong);
        for (Object port : list(service, "ports")) {
            check(
                    port.toString().startsWith("127.0.0.1:"),
                    "publishes " + port + " to others than this machine",
                    wrong);
        }
        map(service, "environment")
                .forEach(
                        (name, value) -> {
                            String said = String.valueOf(value);
                            if (name.matches("(?i).*(PASSWORD|SECRET|TOKEN|API_?KEY).*")) {
                                check(
                                        name.endsWith("_FILE") && said.startsWith("/run/secrets/"),
                                        "holds the secret " + name,
                                        wrong);
                            }
                            Matcher password =
                                    Pattern.compile("(?i)password=\"?([^\"&;\\s]*)").matcher(said);
                            while (password.find()) {
                                check(
                                        password.group(1).startsWith("$${"),
                                        "holds a password in " + name,
                                        wrong);
                            }
                        });
    }

    static Map<String, Map<String, Object>> services(Map<String, Object> compose) {
        Map<String, Map<String, Object>> services = new LinkedHashMap<>();
        map(compose, "services")
                .forEach(
                        (name, service) -> {
                            Map<String, Object> settings = new LinkedHashMap<>();
                            if (service instanceof Map<?, ?> values) {
                                values.forEach((key, value) -> settings.put(key.toString(), value));
                            }
                            services.put(name, settings);
                        });
        return services;
    }

    static Map<String, Object> map(Map<String, Object> of, String key) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (of.get(key) instanceof Map<?, ?> values) {
            values.forEach((name, value) -> map.put(name.toString(), value == null ? "" : value));
        }
        return map;
    }

    static List<Object> list(Map<String, Object> of, String key) {
        return of.get(key) instanceof List<?> values ? List.copyOf(values) : List.of();
    }

    private static boolean pinned(String image) {
        int tag = image.lastIndexOf(':');
        return tag > 0 && image.substring(tag).matches(":\\d.*");
    }

    /** The compose file as compose reads it with the settings that {@code bin/secrets} writes. */
    static String interpolated(String compose, String secrets) {
        Map<String, String> settings = new LinkedHashMap<>();
        secrets.lines()
                .filter(line -> line.matches("[A-Z_]+=.*"))
                .forEach(
                        line -> {
                            int is = line.indexOf('=');
                            settings.put(line.substring(0, is), line.substring(is + 1));
                        });
        return Pattern.compile("(?<!\\$)\\$\\{(\\w+)(?::([-?])([^}]*))?}")
                .matcher(compose)
                .replaceAll(
                        found -> {
                            String value = settings.get(found.group(1));
                            if (value == null && "-".equals(found.group(2))) {
                                value = found.group(3);
                            }
                            if (value == null) {
                                throw new AssertionError(
                                        "bin/secrets writes no " + found.group(1) + ".");
                            }
                            return Matcher.quoteReplacement(value);
                        });
    }

    static Optional<String> first(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static void check(boolean holds, String said, List<String> wrong) {
        if (!holds) {
            wrong.add(said);
        }
    }
}
