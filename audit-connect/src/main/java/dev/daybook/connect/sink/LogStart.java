package dev.daybook.connect.sink;

import org.apache.kafka.common.TopicPartition;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Finds where a partition's log begins, from the metrics of the worker's consumer: Connect gives a
 * sink task no access to the consumer itself.
 */
final class LogStart {

    /** How many records lie between the log's first and the next that the consumer reads. */
    private static final String LEAD = "records-lead";

    private LogStart() {}

    /**
     * Returns the partition's first offset as of the last poll; empty where the worker has no such
     * metric.
     *
     * @param consumer what the client id of the task's consumer ends with
     * @param position the offset behind the last record of the last poll
     */
    static OptionalLong of(TopicPartition partition, String consumer, long position) {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        try {
            List<ObjectName> found = new ArrayList<>();
            // Kafka replaces dots in the topics of its metrics' names.
            for (String topic : List.of(partition.topic(), partition.topic().replace('.', '_'))) {
                found.addAll(
                        beans.queryNames(
                                new ObjectName(
                                        "kafka.consumer:type=consumer-fetch-manager-metrics,topic="
                                                + topic
                                                + ",partition="
                                                + partition.partition()
                                                + ",*"),
                                null));
            }
            for (ObjectName name : found) {
                if (found.size() == 1 || name.getKeyProperty("client-id").endsWith(consumer)) {
                    double lead = (Double) beans.getAttribute(name, LEAD);
                    return Double.isNaN(lead)
                            ? OptionalLong.empty()
                            : OptionalLong.of(position - (long) lead);
                }
            }
        } catch (JMException e) {
            // The consumer is being closed, or measures otherwise: then it is not known.
        }
        return OptionalLong.empty();
    }
}
