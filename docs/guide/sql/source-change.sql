-- Run on: source, as the application.

-- snippet:begin change
BEGIN;
SELECT daybook.set_context('me', 'trying the pipeline', 'guide-6');
UPDATE products SET price = price + 1 WHERE sku = 'TEA-01';
COMMIT;
-- snippet:end change
