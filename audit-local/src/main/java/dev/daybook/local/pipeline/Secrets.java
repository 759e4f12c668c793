package dev.daybook.local.pipeline;

import dev.daybook.local.OwnerOnly;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Properties;

/**
 * The passwords and the API key of one data directory: made at its first start, kept beside its
 * data.
 */
public final class Secrets {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path file;
    private final Properties values = new Properties();

    public Secrets(Path file) throws IOException {
        this.file = file;
        if (Files.exists(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                values.load(in);
            }
        }
    }

    /** Returns whether there is a secret of that name. */
    synchronized boolean has(String name) {
        return values.containsKey(name);
    }

    /** Returns the secret of that name, made now if there is none. */
    public synchronized String of(String name) {
        String value = values.getProperty(name);
        if (value == null) {
            byte[] random = new byte[24];
            RANDOM.nextBytes(random);
            value = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            values.setProperty(name, value);
            store();
        }
        return value;
    }

    private void store() {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            values.store(out, null);
            OwnerOnly.write(file, out.toByteArray());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
