package dev.daybook.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sigstore.encryption.signers.Verifiers;
import dev.sigstore.merkle.InclusionProofVerificationException;
import dev.sigstore.merkle.InclusionProofVerifier;
import dev.sigstore.rekor.client.Checkpoints;
import dev.sigstore.rekor.client.RekorEntry;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Sigstore's verifier, which is not ours, accepts our proofs and checkpoints. Of a signature's four
 * bytes of key id it makes nothing that C2SP's notes have: theirs is the hash of the key alone.
 */
class SigstoreTest {

    private static final String ORIGIN = "daybook.example";

    @Test
    void acceptsTheInclusionProofOfEveryLeaf() throws Exception {
        List<Hash> leaves = new ArrayList<>();
        for (int size = 1; size <= 70; size++) {
            leaves.add(Hash.ofLeaf(("leaf " + size).getBytes(StandardCharsets.UTF_8)));
            Hash root = MerkleTree.root(leaves);
            for (int leaf = 0; leaf < size; leaf++) {
                List<byte[]> proof =
                        MerkleTree.inclusion(leaf, size, MerkleTree.over(leaves)).stream()
                                .map(Hash::bytes)
                                .toList();
                InclusionProofVerifier.verify(
                        leaves.get(leaf).bytes(), leaf, size, proof, root.bytes());
            }
        }
    }

    @Test
    void refusesTheProofOfAnotherLeaf() {
        List<Hash> leaves = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            leaves.add(Hash.ofLeaf(new byte[] {(byte) i}));
        }
        List<byte[]> proof =
                MerkleTree.inclusion(3, 9, MerkleTree.over(leaves)).stream()
                        .map(Hash::bytes)
                        .toList();

        assertThatThrownBy(
                        () ->
                                InclusionProofVerifier.verify(
                                        leaves.get(4).bytes(),
                                        3,
                                        9,
                                        proof,
                                        MerkleTree.root(leaves).bytes()))
                .isInstanceOf(InclusionProofVerificationException.class);
    }

    @Test
    void readsACheckpointAndAcceptsItsSignature() throws Exception {
        NoteSigner signer = NoteSigner.generate(ORIGIN);
        Hash root = Hash.ofLeaf(new byte[] {7});

        RekorEntry.Checkpoint read =
                Checkpoints.from(new Checkpoint(ORIGIN, 42, root).sign(signer));

        assertThat(read.getOrigin()).isEqualTo(ORIGIN);
        assertThat(read.getSize()).isEqualTo(42);
        assertThat(read.getBase64Hash()).isEqualTo(root.toString());
        RekorEntry.CheckpointSignature signature = read.getSignatures().get(0);
        assertThat(signature.getIdentity()).isEqualTo(ORIGIN);
        assertThat(
                        Verifiers.newVerifier(publicKey(signer.key()))
                                .verify(
                                        read.getSignedData().getBytes(StandardCharsets.UTF_8),
                                        signature.getSignature()))
                .isTrue();
    }

    private static PublicKey publicKey(NoteKey key) throws Exception {
        byte[] typed = Base64.getDecoder().decode(key.toString().split("\\+", 3)[2]);
        byte[] prefix = HexFormat.of().parseHex("302a300506032b6570032100");
        byte[] encoded = new byte[prefix.length + 32];
        System.arraycopy(prefix, 0, encoded, 0, prefix.length);
        System.arraycopy(typed, 1, encoded, prefix.length, 32);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }
}
