package dev.daybook.verifier;

import java.util.ArrayList;
import java.util.List;

/** Says in words what a report means; the terminal and the page say the same. */
final class Words {

    private Words() {}

    /** Returns the sentence behind the outcome. */
    static String first(Report report) {
        PackException refusal = report.refusal();
        if (refusal != null) {
            return refusal.where() + ": " + refusal.what();
        }
        Report.Facts facts = report.facts();
        if (facts == null) {
            throw new IllegalStateException("A pack that is not refused has facts.");
        }
        Subject subject = facts.subject();
        String shown =
                subject.entries()
                        + (subject.entries() == 1 ? " entry" : " entries")
                        + (subject.entry() == null
                                ? " of " + subject.inWords()
                                : ", " + subject.entry() + ",")
                        + (subject.entries() == 1
                                ? " is as it was sealed"
                                : " are as they were sealed");
        return subject.whole()
                ? shown + ", and nothing else was sealed about it " + span(facts) + "."
                : shown + ". This does not prove that there is nothing more about it.";
    }

    private static String span(Report.Facts facts) {
        if (facts.firstLeaf() < 0) {
            return "before the log's first leaf";
        }
        return "between "
                + Times.text(facts.log().at(facts.firstLeaf()))
                + " and "
                + Times.text(facts.log().at(facts.lastLeaf()));
    }

    /** Says what is proven of what is not shown. */
    static List<String> whole(Report.Facts facts) {
        List<String> words = new ArrayList<>();
        if (facts.subject().whole()) {
            words.add(
                    "Yes, for what was sealed "
                            + span(facts)
                            + " (leaves "
                            + facts.firstLeaf()
                            + " to "
                            + facts.lastLeaf()
                            + " of "
                            + facts.log().checkpoint.size()
                            + "): all rows that were sealed then are in the pack and were checked, "
                            + facts.subject().others()
                            + " of them about something else. What was sealed before or later is not shown.");
        } else {
            words.add(
                    "The pack proves what it shows. It does not prove that there is nothing more about "
                            + facts.subject().inWords()
                            + "; a pack that was made with --whole does.");
        }
        return words;
    }

    /** Says who signed, and which checkpoints agree. */
    static List<String> signed(Report.Facts facts) {
        List<String> words = new ArrayList<>();
        ShownLog log = facts.log();
        words.add(
                "The log "
                        + log.checkpoint.origin()
                        + ", by a checkpoint of "
                        + log.checkpoint.size()
                        + " leaves that its key has signed. The times at which leaves were sealed are by the sealer's clock.");
        int earlier = log.checkpoints.size() - 1;
        if (earlier == 1) {
            words.add(
                    "It continues the earlier checkpoint of "
                            + log.checkpoints.firstKey()
                            + " leaves that the pack has: nothing that it covered was altered since it was signed.");
        } else if (earlier > 1) {
            words.add(
                    "It continues "
                            + earlier
                            + " earlier checkpoints of "
                            + log.checkpoints.firstKey()
                            + " to "
                            + log.checkpoints.lowerKey(log.checkpoint.size())
                            + " leaves that the pack has: none of what they covered was altered since they were signed.");
        }
        words.add(
                facts.keptConfirmed() > 0
                        ? (facts.keptConfirmed() == 1
                                        ? "A checkpoint that you kept yourself agrees"
                                        : facts.keptConfirmed()
                                                + " checkpoints that you kept yourself agree")
                                + " with it: not even the owner of the key has altered what was in the log then."
                        : "No checkpoint that you kept yourself was compared (--anchor). Whoever owns the key could have written"
                                + " the log anew since you last saw it.");
        return words;
    }
}
