/** What the pages of the factors show is so: see docs.test.ts. */
import { testDocuments } from '../parts/document-tests.ts';

testDocuments('the factors seven to twelve', ['docs/factors/0[7-9]-*.md', 'docs/factors/1[0-2]-*.md']);
