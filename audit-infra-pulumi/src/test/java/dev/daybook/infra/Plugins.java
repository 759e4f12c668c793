package dev.daybook.infra;

import dev.daybook.contract.SinkSetting;
import dev.daybook.infra.settings.PluginFile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Plugins as {@code bin/msk-plugin} makes them, with empty classes. The authorities in the test's
 * resources are named as Amazon's and signed by keys that nobody has kept.
 */
public final class Plugins {

    private static final Path DIRECTORY = Path.of("target", "test-plugins");

    private Plugins() {}

    /** One that has everything. */
    public static Path whole() {
        return write("whole", contents("rds-ca.pem"));
    }

    /** One that has everything, of another build. */
    public static Path another() {
        Map<String, byte[]> contents = contents("rds-ca.pem");
        contents.put(classFile(SinkSetting.CONNECTOR), new byte[] {1});
        return write("another", contents);
    }

    /** One without an entry. */
    static Path without(String entry) {
        Map<String, byte[]> contents = contents("rds-ca.pem");
        contents.remove(entry);
        return write("without-" + entry.replace('/', '-'), contents);
    }

    /** One that trusts another authority, or what is none. */
    static Path trusting(String resource) {
        return write("trusting-" + resource, contents(resource));
    }

    private static Map<String, byte[]> contents(String authority) {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        contents.put(classFile(SinkSetting.CONNECTOR), new byte[0]);
        contents.put(classFile(PluginFile.CONFIG_PROVIDER), new byte[0]);
        contents.put(PluginFile.AUTHORITY_FILE, resource(authority));
        return contents;
    }

    static String classFile(String type) {
        return type.replace('.', '/') + ".class";
    }

    private static byte[] resource(String name) {
        try (var in = Plugins.class.getResourceAsStream("/" + name)) {
            return in == null ? name.getBytes(StandardCharsets.UTF_8) : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Written once: the digest of the file is in a resource's name. */
    private static synchronized Path write(String name, Map<String, byte[]> contents) {
        Path file = DIRECTORY.resolve(name + ".zip");
        try {
            Files.createDirectories(DIRECTORY);
            Map<String, byte[]> jars = new LinkedHashMap<>();
            for (Map.Entry<String, byte[]> entry : contents.entrySet()) {
                jars.put("daybook/" + jars.size() + ".jar", zip(Map.ofEntries(entry)));
            }
            Files.write(file, zip(jars));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry named = new ZipEntry(entry.getKey());
                named.setTime(0);
                zip.putNextEntry(named);
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }
}
