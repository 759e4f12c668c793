/** Creates alarms, the dashboard and the monthly budget. */
@NullMarked
package dev.daybook.infra.monitoring;

import org.jspecify.annotations.NullMarked;
