/** Creates the Kafka cluster, its topics and their access rules. */
@NullMarked
package dev.daybook.infra.kafka;

import org.jspecify.annotations.NullMarked;
