package dev.daybook.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

class NoteTest {

    /** The example of C2SP signed-note. */
    private static final String KEY =
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    private static final String NOTE =
            """
            This is an example message.

            \u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
            """;

    @Test
    void opensTheExampleOfTheSpecification() {
        NoteKey key = NoteKey.parse(KEY);

        assertThat(Note.open(NOTE, List.of(key)).text()).isEqualTo("This is an example message.\n");
        assertThat(key).hasToString(KEY);
    }

    @Test
    void signsAndOpensAsGosNoteDoes() throws IOException {
        for (String line : Vectors.lines("notes.txt")) {
            String[] words = line.split(" ");
            String signed =
                    new String(Base64.getDecoder().decode(words[2]), StandardCharsets.UTF_8);
            NoteSigner signer = NoteSigner.parse(words[0] + " " + words[1]);
            String text = Note.open(signed, List.of(signer.key())).text();

            assertThat(signer.sign(text)).isEqualTo(signed);
            assertThat(signer.secretText()).isEqualTo(words[0] + " " + words[1]);
        }
    }

    /** The first test of RFC 8032, 7.1. */
    @Test
    void theSameSecretBytesGiveTheSameKey() {
        NoteSigner signer =
                NoteSigner.of(
                        "example.com/foo",
                        HexFormat.of()
                                .parseHex(
                                        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));

        assertThat(signer.key())
                .hasToString(
                        NoteKey.of(
                                        "example.com/foo",
                                        HexFormat.of()
                                                .parseHex(
                                                        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
                                .toString());
        assertThat(NoteSigner.parse(signer.secretText()).key())
                .hasToString(signer.key().toString());
    }

    @Test
    void refusesWhatNoTrustedKeyHasSigned() {
        NoteKey key = NoteKey.parse(KEY);
        NoteKey other = NoteSigner.generate("example.com/foo").key();

        refused(() -> Note.open(NOTE, List.of(other)));
        refused(
                () ->
                        Note.open(
                                NOTE.replace("example message", "exemplary message"),
                                List.of(key)));
        refused(() -> Note.open(NOTE.replace("message.\n\n", "message.\n"), List.of(key)));
        refused(() -> Note.open(NOTE.replace("yaQM=", "yaQN="), List.of(key)));
        refused(() -> Note.open(NOTE.strip(), List.of(key)));
        refused(() -> NoteKey.parse(KEY.replace("530d903a", "530d903b")));
    }

    @Test
    void readsACheckpointAsItIsWrittenAndInNoOtherWay() {
        NoteSigner signer = NoteSigner.generate("daybook.example/log");
        Checkpoint checkpoint = new Checkpoint("daybook.example/log", 0, Hash.OF_NOTHING);

        assertThat(Checkpoint.open(checkpoint.sign(signer), signer.key())).isEqualTo(checkpoint);
        refused(
                () ->
                        Checkpoint.open(
                                signer.sign("daybook.example/log\n00\n" + Hash.OF_NOTHING + "\n"),
                                signer.key()));
        refused(
                () ->
                        Checkpoint.open(
                                signer.sign("daybook.example/log\n-1\n" + Hash.OF_NOTHING + "\n"),
                                signer.key()));
        refused(
                () ->
                        Checkpoint.open(
                                signer.sign("elsewhere\n0\n" + Hash.OF_NOTHING + "\n"),
                                signer.key()));
        refused(() -> Checkpoint.open(signer.sign("daybook.example/log\n0\n"), signer.key()));
        // Lines behind the root are allowed, and say nothing here.
        assertThat(Checkpoint.open(signer.sign(checkpoint.text() + "more\n"), signer.key()))
                .isEqualTo(checkpoint);
    }

    @Test
    void provesALeafOffline() {
        NoteSigner signer = NoteSigner.generate("daybook.example/log");
        List<Hash> leaves =
                List.of(
                        Hash.ofLeaf(new byte[] {1}),
                        Hash.ofLeaf(new byte[] {2}),
                        Hash.ofLeaf(new byte[] {3}));
        Checkpoint checkpoint = new Checkpoint("daybook.example/log", 3, MerkleTree.root(leaves));
        TlogProof proof =
                new TlogProof(
                        1,
                        MerkleTree.inclusion(1, 3, MerkleTree.over(leaves)),
                        checkpoint.sign(signer));

        assertThat(TlogProof.parse(proof.text())).isEqualTo(proof);
        assertThat(TlogProof.parse(proof.text().replace("\nindex", "\nextra AAAA\nindex")))
                .isEqualTo(proof);
        assertThat(proof.verify(leaves.get(1), signer.key())).isEqualTo(checkpoint);
        refused(() -> proof.verify(leaves.get(0), signer.key()));
        refused(
                () ->
                        proof.verify(
                                leaves.get(1), NoteSigner.generate("daybook.example/log").key()));
        refused(() -> TlogProof.parse(proof.text().replace("@v1", "@v2")));
        refused(() -> TlogProof.parse(proof.text().replace("index 1", "index 01")));
    }

    private static void refused(Runnable what) {
        assertThatThrownBy(what::run).isInstanceOf(InvalidEvidenceException.class);
    }
}
