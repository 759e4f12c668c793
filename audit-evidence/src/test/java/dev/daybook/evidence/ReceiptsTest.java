package dev.daybook.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReceiptsTest {

    @Test
    void theFirstAndTheNewestStayAndThoseBetweenThinOut() {
        Receipts receipts = Receipts.NONE;
        for (int i = 1; i <= 1_000; i++) {
            receipts = receipts.with("checkpoint " + i).with("checkpoint " + i);
        }

        assertThat(receipts.notes())
                .hasSizeLessThanOrEqualTo(Receipts.MOST)
                .doesNotHaveDuplicates();
        assertThat(receipts.notes()).startsWith("checkpoint 1").contains("checkpoint 1000");
        assertThat(receipts.notes()).endsWith("checkpoint 999", "checkpoint 1000");
        assertThat(Receipts.parse(receipts.toBytes())).isEqualTo(receipts);
        assertThat(Receipts.parse(Receipts.NONE.toBytes())).isEqualTo(Receipts.NONE);
    }
}
