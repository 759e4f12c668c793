package dev.daybook.verifier;

import dev.daybook.evidence.NoteKey;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Gives tests the vectors in docs/evidence/vectors, and what may be done to them. */
final class Vector {

    static final Path FOLDER = Path.of("../docs/evidence/vectors");
    static final List<String> PACKS = List.of("entry.zip", "row.zip", "whole.zip", "absent.zip");

    private Vector() {}

    static byte[] pack(String name) throws IOException {
        return Files.readAllBytes(FOLDER.resolve(name));
    }

    static NoteKey key() throws IOException {
        return NoteKey.parse(text("key").strip());
    }

    static String text(String name) throws IOException {
        return Files.readString(FOLDER.resolve(name));
    }

    static Map<String, byte[]> members(String name) throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(pack(name)))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                members.put(entry.getName(), in.readAllBytes());
            }
        }
        return members;
    }

    static ZipBuilder builder(Map<String, byte[]> members) {
        ZipBuilder zip = new ZipBuilder();
        members.forEach(zip::add);
        return zip;
    }

    /** Returns the pack with a text in a member replaced by another. */
    static byte[] changed(String name, String member, String from, String to) throws IOException {
        Map<String, byte[]> members = members(name);
        String before = new String(members.get(member), StandardCharsets.UTF_8);
        if (!before.contains(from)) {
            throw new IllegalArgumentException(member + " of " + name + " has no " + from);
        }
        members.put(member, before.replace(from, to).getBytes(StandardCharsets.UTF_8));
        return builder(members).build();
    }

    /** Checks a pack under the vectors' key. */
    static Report check(Path folder, byte[] pack) throws IOException {
        Path file = folder.resolve("pack.zip");
        Files.write(file, pack);
        return PackCheck.check(file, key(), List.of());
    }
}
