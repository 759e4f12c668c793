package dev.daybook.infra.settings;

import dev.daybook.contract.SinkSetting;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The plugin for MSK Connect, looked into before anything is made: what is missing in it would
 * otherwise be found by a worker, half an hour later and in its log.
 *
 * <p>It holds the authority that signs the database's certificate. Java does not know Amazon RDS's
 * authorities, and a worker of MSK Connect has no file system to put one into, so it travels on the
 * plugin's class path; without it there is no way to be sure who answers.
 *
 * @param file the ZIP file
 * @param digest of its bytes, which names it
 */
public record PluginFile(String file, String digest) {

    /** What the worker reads passwords with. */
    public static final String CONFIG_PROVIDER =
            "dev.daybook.connect.aws.SecretsManagerConfigProvider";

    /** The authority's certificate, at the top of the class path. */
    public static final String AUTHORITY_FILE = "rds-ca.pem";

    private static final String KEY = "daybook:sinkPlugin";
    private static final Duration LEFT = Duration.ofDays(90);

    /**
     * Looks into a plugin.
     *
     * @param file where it is
     * @param region whose databases it is to trust
     * @param clock to know whether its certificate is still good
     */
    public static PluginFile read(String file, String region, Clock clock) {
        byte[] bytes;
        Map<String, byte[]> found = new HashMap<>();
        try {
            bytes = Files.readAllBytes(Path.of(file));
            Set<String> wanted =
                    Set.of(
                            className(SinkSetting.CONNECTOR),
                            className(CONFIG_PROVIDER),
                            AUTHORITY_FILE);
            try (ZipInputStream plugin = new ZipInputStream(new ByteArrayInputStream(bytes))) {
                for (ZipEntry entry = plugin.getNextEntry();
                        entry != null;
                        entry = plugin.getNextEntry()) {
                    if (entry.getName().endsWith(".jar")) {
                        collect(plugin.readAllBytes(), wanted, found);
                    }
                }
            }
        } catch (IOException e) {
            throw new InvalidSettingException(
                    KEY,
                    "is " + file + ", which cannot be read",
                    "build it with bin/msk-plugin (docs/guide/step-3-connect.md), or name its file.",
                    e);
        }
        for (String type : new String[] {SinkSetting.CONNECTOR, CONFIG_PROVIDER}) {
            if (!found.containsKey(className(type))) {
                throw wrong(file, "has no " + type, "build it with bin/msk-plugin");
            }
        }
        byte[] certificate = found.get(AUTHORITY_FILE);
        if (certificate == null) {
            throw wrong(
                    file,
                    "has no "
                            + AUTHORITY_FILE
                            + ", without which nobody can tell who answers for the"
                            + " database",
                    "fetch the bundle of Amazon RDS for "
                            + region
                            + " and run bin/msk-plugin --rds-ca FILE");
        }
        check(file, certificate, region, clock);
        return new PluginFile(file, digest(bytes));
    }

    private static void collect(byte[] jar, Set<String> wanted, Map<String, byte[]> found)
            throws IOException {
        try (ZipInputStream entries = new ZipInputStream(new ByteArrayInputStream(jar))) {
            for (ZipEntry entry = entries.getNextEntry();
                    entry != null;
                    entry = entries.getNextEntry()) {
                if (wanted.contains(entry.getName())) {
                    found.put(entry.getName(), entries.readAllBytes());
                }
            }
        }
    }

    /** The driver reads the first certificate of the file and no other. */
    private static void check(String file, byte[] pem, String region, Clock clock) {
        X509Certificate certificate;
        try (InputStream in = new ByteArrayInputStream(pem)) {
            certificate =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (CertificateException | IOException e) {
            throw new InvalidSettingException(
                    KEY,
                    "is " + file + ", which has an " + AUTHORITY_FILE + " that is no certificate",
                    "run bin/msk-plugin --rds-ca FILE with the bundle as it was fetched.",
                    e);
        }
        String name = "CN=" + RdsAuthority.nameIn(region);
        String subject = certificate.getSubjectX500Principal().getName();
        if (!Set.of(subject.split("(?<!\\\\),", -1)).contains(name)
                || certificate.getBasicConstraints() < 0) {
            throw wrong(
                    file,
                    "trusts \"" + subject + "\" and not the authority " + name.substring(3),
                    "fetch the bundle of Amazon RDS for "
                            + region
                            + " and run bin/msk-plugin --rds-ca FILE");
        }
        if (certificate.getNotAfter().before(Date.from(clock.instant().plus(LEFT)))) {
            throw wrong(
                    file,
                    "trusts an authority that ends on " + certificate.getNotAfter().toInstant(),
                    "fetch the bundle of Amazon RDS for "
                            + region
                            + " anew and run bin/msk-plugin --rds-ca FILE");
        }
    }

    private static InvalidSettingException wrong(String file, String rule, String remedy) {
        return new InvalidSettingException(KEY, "is " + file + ", which " + rule, remedy + ".");
    }

    private static String className(String type) {
        return type.replace('.', '/') + ".class";
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .substring(0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }
}
